-- Every campaign session of a customer in the days before an order.
with sessions as (
    select * from {{ ref('stg_web_sessions') }}
    where
        campaign_code is not null
        and customer_id is not null
),

orders as (
    select * from {{ ref('orders', 'fct_orders') }}
    where
        channel <> 'store'
        and order_status <> 'cancelled'
)

select
    orders.order_id,
    orders.customer_id,
    orders.order_date,
    orders.net_amount_eur,
    sessions.session_id,
    sessions.campaign_code,
    sessions.started_at,
    row_number() over (
        partition by orders.order_id
        order by sessions.started_at desc, sessions.session_id
    ) as touches_before_order
from orders
inner join sessions
    on orders.customer_id = sessions.customer_id
    and {{ within_window('sessions.started_at', 'orders.ordered_at', var('attribution_window_days')) }}
