with source as (
    select distinct * from {{ ref('raw_web_sessions') }}
)

select
    session_id,
    nullif(customer_id, '') as customer_id,
    cast(started_at as timestamp) as started_at,
    nullif(utm_campaign, '') as campaign_code,
    coalesce(nullif(lower(device), ''), 'unknown') as device,
    cast(page_views as integer) as page_views
from source
