with source as (
    select * from {{ ref('raw_consents') }}
)

select
    customer_id,
    channel,
    cast(is_granted as boolean) as is_granted,
    cast(recorded_at as timestamp) as recorded_at,
    coalesce(nullif(captured_by, ''), 'unknown') as captured_by
from source
