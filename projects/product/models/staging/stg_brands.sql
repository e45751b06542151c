with source as (
    select * from {{ ref('raw_brands') }}
)

select
    brand_id,
    trim(brand_name) as brand_name,
    country_code,
    website
from source
