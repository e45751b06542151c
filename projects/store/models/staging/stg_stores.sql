with source as (
    select * from {{ ref('raw_stores') }}
)

select
    store_code,
    store_name,
    city,
    postal_code,
    country_code,
    time_zone,
    cast(floor_area_m2 as integer) as floor_area_m2,
    cast(opened_on as date) as opened_on,
    cast(closed_on as date) as closed_on
from source
