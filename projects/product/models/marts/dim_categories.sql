with paths as (
    select * from {{ ref('int_category_paths') }}
),

products as (
    select
        category_code,
        count(*) as product_count
    from {{ ref('stg_products') }}
    group by category_code
)

select
    paths.category_code,
    paths.category_name,
    paths.parent_category_code,
    paths.department_name,
    paths.category_path,
    cast(paths.category_level as integer) as category_level,
    coalesce(products.product_count, 0) as product_count
from paths
left join products on paths.category_code = products.category_code
