select
    rate_date,
    count(*) as currency_count
from {{ ref('exchange_rates') }}
group by rate_date
having count(*) <> 6
