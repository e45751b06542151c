select
    customers.customer_id,
    customers.first_name,
    customers.last_name,
    min(orders.ordered_on) as first_order_on,
    max(orders.ordered_on) as last_order_on,
    count(orders.order_id) as number_of_orders,
    coalesce(sum(orders.amount), 0) as lifetime_amount
from {{ ref('stg_customers') }} as customers
left join {{ ref('orders') }} as orders using (customer_id)
group by all
