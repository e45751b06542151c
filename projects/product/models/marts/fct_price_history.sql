with periods as (
    select * from {{ ref('int_price_periods') }}
)

select
    price_change_id,
    sku,
    currency_code,
    price,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    cast(
        price - lag(price) over (partition by sku, currency_code order by valid_from)
        as decimal(18, 2)
    ) as price_difference
from periods
