{{ config(materialized='table') }}

with recursive categories as (
    select * from {{ ref('stg_categories') }}
),

paths as (
    select
        category_code,
        category_name,
        parent_category_code,
        category_name as department_name,
        category_name as category_path,
        1 as category_level
    from categories
    where parent_category_code is null

    union all

    select
        categories.category_code,
        categories.category_name,
        categories.parent_category_code,
        paths.department_name,
        paths.category_path || ' > ' || categories.category_name as category_path,
        paths.category_level + 1 as category_level
    from categories
    inner join paths on categories.parent_category_code = paths.category_code
)

select * from paths
