with source as (
    select * from {{ ref('raw_products') }}
)

select
    sku,
    ean,
    product_name,
    category_code,
    brand_id,
    status as product_status,
    cast(weight_g as integer) as weight_g,
    json_extract_string(attributes, '$.colour') as colour,
    json_extract_string(attributes, '$.size') as size_code,
    coalesce(cast(json_extract_string(attributes, '$.fragile') as boolean), false) as is_fragile,
    cast(introduced_on as date) as introduced_on,
    cast(discontinued_on as date) as discontinued_on,
    cast(updated_at as timestamp) as updated_at
from source
