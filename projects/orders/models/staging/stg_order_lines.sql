with source as (
    select * from {{ ref('raw_order_lines') }}
)

select
    order_id,
    cast(line_number as integer) as line_number,
    sku,
    cast(quantity as integer) as quantity,
    {{ cents_to_units('unit_price_cents') }} as unit_price,
    {{ cents_to_units('coalesce(discount_cents, 0)') }} as discount
from source
