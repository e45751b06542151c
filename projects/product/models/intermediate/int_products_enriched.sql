with products as (
    select * from {{ ref('stg_products') }}
),

brands as (
    select * from {{ ref('stg_brands') }}
),

categories as (
    select * from {{ ref('int_category_paths') }}
)

select
    products.*,
    brands.brand_name,
    categories.category_name,
    categories.department_name
from products
left join brands on products.brand_id = brands.brand_id
left join categories on products.category_code = categories.category_code
