{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='sync_all_columns'
    )
}}

-- An append-only log in order of arrival; late events come with a later run.
with events as (
    select * from {{ ref('stg_order_events') }}
)

select
    event_id,
    order_id,
    event_type,
    carrier,
    occurred_at,
    received_at
from events
{% if is_incremental() %}
where received_at > (select max(received_at) from {{ this }})
{% endif %}
