with source as (
    select distinct * from {{ ref('raw_order_events') }}
)

select
    event_id,
    order_id,
    event_type,
    cast(occurred_at as timestamp) as occurred_at,
    cast(received_at as timestamp) as received_at,
    json_extract_string(nullif(payload, ''), '$.carrier') as carrier
from source
