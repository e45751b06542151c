select
    rate_date,
    currency_code,
    eur_per_unit,
    published_on
from {{ ref('int_exchange_rates_daily') }}
