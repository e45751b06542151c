with orders as (
    select * from {{ ref('fct_orders') }}
    where order_status <> 'cancelled'
)

select
    order_date,
    channel,
    country_code,
    count(*) as order_count,
    cast(sum(item_count) as bigint) as item_count,
    cast(sum(net_amount_eur) as decimal(18, 2)) as net_amount_eur
from orders
group by order_date, channel, country_code
