with source as (
    select * from {{ ref('raw_exchange_rates') }}
)

select
    cast(rate_date as date) as rate_date,
    currency_code,
    cast(eur_per_unit as decimal(18, 6)) as eur_per_unit
from source
