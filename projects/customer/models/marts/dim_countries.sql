select
    country_code,
    country_name,
    currency_code,
    time_zone,
    vat_rate
from {{ ref('stg_countries') }}
