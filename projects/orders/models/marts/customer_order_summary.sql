with customers as (
    select * from {{ ref('customer', 'dim_customers') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    where order_status <> 'cancelled'
),

totals as (
    select
        customer_id,
        count(*) as order_count,
        min(order_date) as first_order_on,
        max(order_date) as last_order_on,
        sum(net_amount_eur) as net_amount_eur
    from orders
    where customer_id is not null
    group by customer_id
)

select
    customers.customer_id,
    customers.country_code,
    coalesce(totals.order_count, 0) as order_count,
    totals.first_order_on,
    totals.last_order_on,
    cast(coalesce(totals.net_amount_eur, 0) as decimal(18, 2)) as net_amount_eur,
    date_diff('day', totals.last_order_on, cast('{{ var("as_of_date") }}' as date)) as days_since_last_order
from customers
left join totals on customers.customer_id = totals.customer_id
