with orders as (
    select * from {{ ref('orders', 'fct_orders') }}
)

select
    store_code,
    order_date,
    count(*) as order_count,
    sum(net_amount_eur) as net_amount_eur
from orders
where
    store_code is not null
    and order_status <> 'cancelled'
group by store_code, order_date
