with source as (
    select * from {{ ref('raw_footfall') }}
)

select
    store_code,
    cast(visit_date as date) as visit_date,
    cast(visitors as integer) as visitors,
    cast(received_at as timestamp) as received_at
from source
