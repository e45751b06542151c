with source as (
    select * from {{ ref('raw_countries') }}
)

select
    country_code,
    country_name,
    currency_code,
    time_zone,
    cast(vat_rate as decimal(6, 4)) as vat_rate
from source
