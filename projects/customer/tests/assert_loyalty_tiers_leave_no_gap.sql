{{ config(severity='error', tags=['loyalty']) }}

select
    tier_code,
    points_from
from {{ ref('dim_loyalty_tiers') }}
where points_below <= points_from
