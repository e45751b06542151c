with source as (
    select * from {{ ref('raw_campaigns') }}
)

select
    campaign_code,
    campaign_name,
    channel,
    cast(starts_on as date) as starts_on,
    cast(ends_on as date) as ends_on,
    currency_code,
    {{ cents_to_units('budget_cents') }} as budget
from source
