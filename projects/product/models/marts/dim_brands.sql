with brands as (
    select * from {{ ref('stg_brands') }}
),

products as (
    select
        brand_id,
        count(*) filter (where product_status = 'active') as active_product_count
    from {{ ref('stg_products') }}
    group by brand_id
)

select
    brands.brand_id,
    brands.brand_name,
    brands.country_code,
    brands.website,
    coalesce(products.active_product_count, 0) as active_product_count
from brands
left join products on brands.brand_id = products.brand_id
