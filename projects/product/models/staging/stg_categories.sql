with source as (
    select * from {{ ref('raw_categories') }}
)

select
    category_code,
    nullif(parent_category_code, '') as parent_category_code,
    category_name
from source
