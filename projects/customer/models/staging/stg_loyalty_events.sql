with source as (
    select distinct * from {{ ref('raw_loyalty_events') }}
)

select
    event_id,
    customer_id,
    reason,
    cast(points as integer) as points,
    cast(occurred_at as timestamp) as occurred_at,
    cast(received_at as timestamp) as received_at
from source
