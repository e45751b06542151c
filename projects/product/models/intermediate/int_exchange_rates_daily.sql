-- Rates exist on working days only: other days use the last one known.
with rates as (
    select * from {{ ref('stg_exchange_rates') }}
),

days as (
    select cast(day as date) as rate_date
    from generate_series(
        (select min(rate_date) from rates),
        cast('{{ var("as_of_date") }}' as date),
        interval 1 day
    ) as series (day)
),

currencies as (
    select distinct currency_code from rates
),

filled as (
    select
        days.rate_date,
        currencies.currency_code,
        rates.eur_per_unit,
        rates.rate_date as published_on
    from days
    cross join currencies
    asof join rates
        on currencies.currency_code = rates.currency_code
        and days.rate_date >= rates.rate_date
)

select * from filled

union all

select
    rate_date,
    'EUR' as currency_code,
    cast(1 as decimal(18, 6)) as eur_per_unit,
    rate_date as published_on
from days
