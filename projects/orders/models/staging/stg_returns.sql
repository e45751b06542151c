with source as (
    select * from {{ ref('raw_returns') }}
)

select
    return_id,
    order_id,
    cast(line_number as integer) as line_number,
    cast(quantity as integer) as quantity,
    coalesce(nullif(reason, ''), 'not given') as return_reason,
    cast(returned_at as timestamp) as returned_at
from source
