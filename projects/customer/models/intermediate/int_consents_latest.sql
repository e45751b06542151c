with consents as (
    select * from {{ ref('stg_consents') }}
)

select *
from consents
qualify row_number() over (
    partition by customer_id, channel
    order by recorded_at desc, is_granted
) = 1
