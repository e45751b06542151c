with consents as (
    select * from {{ ref('int_consents_latest') }}
)

select
    customer_id,
    channel,
    is_granted,
    captured_by,
    recorded_at
from consents
