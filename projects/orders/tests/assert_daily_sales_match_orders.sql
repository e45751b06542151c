with daily as (
    select sum(net_amount_eur) as amount from {{ ref('sales_daily') }}
),

orders as (
    select sum(net_amount_eur) as amount
    from {{ ref('fct_orders') }}
    where order_status <> 'cancelled'
)

select
    daily.amount as daily_amount,
    orders.amount as order_amount
from daily
cross join orders
where daily.amount is distinct from orders.amount
