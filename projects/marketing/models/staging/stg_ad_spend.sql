with source as (
    select * from {{ ref('raw_ad_spend') }}
)

select
    cast(spend_id as integer) as spend_id,
    campaign_code,
    platform,
    cast(spend_date as date) as spend_date,
    currency_code,
    {{ cents_to_units('amount_cents') }} as amount,
    cast(impressions as integer) as impressions,
    cast(clicks as integer) as clicks
from source
