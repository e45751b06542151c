with source as (
    select * from {{ ref('raw_supplier_offers') }}
)

select
    cast(offer_id as integer) as offer_id,
    sku,
    supplier_id,
    {{ cents_to_units('unit_cost_cents') }} as unit_cost,
    currency_code,
    cast(minimum_quantity as integer) as minimum_quantity,
    cast(updated_at as timestamp) as updated_at
from source
