select order_id, customer_id, {{ cents('amount') }} as amount from {{ source('raw', 'orders') }}
