with accounts as (
    select sum(points_balance) as points from {{ ref('loyalty_accounts') }}
),

events as (
    select sum(points) as points from {{ ref('fct_loyalty_events') }}
)

select
    accounts.points as account_points,
    events.points as event_points
from accounts
cross join events
where accounts.points is distinct from events.points
