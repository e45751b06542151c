-- Corrections arrive two days later and replace what was counted.
with footfall as (
    select * from {{ ref('stg_footfall') }}
    where visitors is not null
)

select *
from footfall
qualify row_number() over (
    partition by store_code, visit_date
    order by received_at desc, visitors desc
) = 1
