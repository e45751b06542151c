with products as (
    select * from {{ ref('int_products_enriched') }}
)

select
    sku,
    ean,
    product_name,
    brand_id,
    brand_name,
    category_code,
    category_name,
    department_name,
    product_status,
    product_status = 'active' as is_sellable,
    weight_g,
    colour,
    size_code,
    is_fragile,
    introduced_on,
    discontinued_on
from products
