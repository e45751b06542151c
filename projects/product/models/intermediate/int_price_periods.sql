{{ config(materialized='view') }}

-- A price holds until the next one of the same product and currency begins.
with price_changes as (
    select * from {{ ref('stg_price_changes') }}
    qualify row_number() over (
        partition by sku, currency_code, valid_from
        order by entered_at desc, price_change_id desc
    ) = 1
)

select
    price_change_id,
    sku,
    currency_code,
    price,
    valid_from,
    lead(valid_from) over (
        partition by sku, currency_code
        order by valid_from
    ) as valid_to
from price_changes
