{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='ignore'
    )
}}

with events as (
    select * from {{ ref('stg_email_events') }}
)

select
    event_id,
    campaign_code,
    customer_id,
    event_type,
    occurred_at,
    received_at
from events
{% if is_incremental() %}
where received_at > (select max(received_at) from {{ this }})
{% endif %}
