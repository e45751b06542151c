{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['store_code', 'visit_date'],
        on_schema_change='append_new_columns'
    )
}}

with footfall as (
    select * from {{ ref('int_footfall_latest') }}
)

select
    store_code,
    visit_date,
    visitors,
    received_at
from footfall
{% if is_incremental() %}
where received_at > (select max(received_at) from {{ this }})
{% endif %}
