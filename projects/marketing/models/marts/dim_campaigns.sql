with campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

rates as (
    select * from {{ ref('product', 'exchange_rates') }}
)

select
    campaigns.campaign_code,
    campaigns.campaign_name,
    campaigns.channel,
    campaigns.starts_on,
    campaigns.ends_on,
    campaigns.currency_code,
    campaigns.budget,
    cast(round(campaigns.budget * rates.eur_per_unit, 2) as decimal(18, 2)) as budget_eur
from campaigns
inner join rates
    on campaigns.currency_code = rates.currency_code
    and campaigns.starts_on = rates.rate_date
