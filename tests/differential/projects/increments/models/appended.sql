{{ config(incremental_strategy='append') }}

select event_id, day, sensor, reading from {{ ref('arrivals') }}
{% if is_incremental() %}
where day > (select coalesce(max(day), 0) from {{ this }})
{% endif %}
