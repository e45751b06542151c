-- Median hours in transit by carrier and country, for the quarterly talk with carriers.
select
    carrier,
    country_code,
    count(*) as deliveries,
    median(hours_in_transit) as median_hours
from {{ ref('order_fulfilment') }}
where delivered_at is not null
group by carrier, country_code
order by carrier, country_code
