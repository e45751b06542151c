with balances as (
    select * from {{ ref('int_loyalty_balances') }}
),

tiers as (
    select * from {{ ref('dim_loyalty_tiers') }}
)

select
    balances.customer_id,
    cast(balances.points_balance as bigint) as points_balance,
    cast(coalesce(balances.points_earned, 0) as bigint) as points_earned,
    tiers.tier_code,
    tiers.discount_rate,
    balances.last_event_at
from balances
inner join tiers
    on coalesce(balances.points_earned, 0) >= tiers.points_from
    and coalesce(balances.points_earned, 0) < coalesce(tiers.points_below, 2147483647)
