with spend as (
    select * from {{ ref('stg_ad_spend') }}
),

rates as (
    select * from {{ ref('product', 'exchange_rates') }}
)

select
    spend.*,
    cast(round(spend.amount * rates.eur_per_unit, 2) as decimal(18, 2)) as amount_eur
from spend
inner join rates
    on spend.currency_code = rates.currency_code
    and spend.spend_date = rates.rate_date
