with orders as (
    select * from {{ ref('fct_orders') }}
    where channel <> 'store'
),

milestones as (
    select * from {{ ref('int_order_milestones') }}
)

select
    orders.order_id,
    orders.channel,
    orders.country_code,
    milestones.carrier,
    milestones.placed_at,
    milestones.shipped_at,
    milestones.delivered_at,
    milestones.cancelled_at,
    date_diff('hour', milestones.placed_at, milestones.shipped_at) as hours_to_ship,
    date_diff('hour', milestones.shipped_at, milestones.delivered_at) as hours_in_transit
from orders
inner join milestones on orders.order_id = milestones.order_id
