select * from {{ ref('fct_orders') }} join {{ ref('revenue') }} using (order_id) where n > 100
