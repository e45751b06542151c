with events as (
    select * from {{ ref('fct_loyalty_events') }}
)

select
    customer_id,
    sum(points) as points_balance,
    sum(points) filter (where points > 0) as points_earned,
    max(occurred_at) as last_event_at
from events
group by customer_id
