with stores as (
    select * from {{ ref('stg_stores') }}
)

select
    store_code,
    store_name,
    city,
    postal_code,
    country_code,
    time_zone,
    floor_area_m2,
    opened_on,
    closed_on,
    coalesce(closed_on > cast('{{ var("as_of_date") }}' as date), true) as is_open
from stores
