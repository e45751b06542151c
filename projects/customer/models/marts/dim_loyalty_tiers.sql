with tiers as (
    select * from {{ ref('loyalty_tiers') }}
)

select
    tier_code,
    tier_name,
    cast(points_from as integer) as points_from,
    cast(lead(points_from) over (order by points_from) as integer) as points_below,
    discount_rate
from tiers
