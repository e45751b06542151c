-- The pricing tool sends each change at least once.
with source as (
    select distinct * from {{ ref('raw_price_changes') }}
)

select
    cast(price_change_id as integer) as price_change_id,
    sku,
    currency_code,
    {{ cents_to_units('price_cents') }} as price,
    cast(valid_from as timestamp) as valid_from,
    cast(entered_at as timestamp) as entered_at
from source
