select c.customer_id, c.name, count(o.order_id) as orders from {{ ref('stg_customers') }} c left join {{ ref('int_paid_orders') }} o using (customer_id) group by all
