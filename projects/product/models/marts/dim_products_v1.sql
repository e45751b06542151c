with products as (
    select * from {{ ref('dim_products', v=2) }}
)

select
    sku,
    ean,
    product_name,
    brand_name,
    category_code,
    product_status as status
from products
