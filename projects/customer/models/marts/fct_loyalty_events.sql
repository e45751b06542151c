{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='event_id',
        on_schema_change='append_new_columns'
    )
}}

with events as (
    select * from {{ ref('stg_loyalty_events') }}
)

select
    event_id,
    customer_id,
    reason,
    points,
    occurred_at,
    received_at,
    received_at - occurred_at > interval 1 day as is_late
from events
{% if is_incremental() %}
where received_at > (select max(received_at) - interval 1 day from {{ this }})
{% endif %}
