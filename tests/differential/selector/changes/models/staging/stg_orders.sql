select order_id, customer_id, {{ cents('amount') }} as amount, 1 as more from {{ source('raw', 'orders') }}
