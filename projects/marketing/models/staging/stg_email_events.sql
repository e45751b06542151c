with source as (
    select distinct * from {{ ref('raw_email_events') }}
)

select
    event_id,
    campaign_code,
    customer_id,
    event_type,
    cast(occurred_at as timestamp) as occurred_at,
    cast(received_at as timestamp) as received_at
from source
