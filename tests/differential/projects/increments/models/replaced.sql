{{ config(incremental_strategy='delete+insert', unique_key='event_id') }}

select
    event_id,
    max(day) as day,
    arg_max(sensor, day) as sensor,
    arg_max(reading, day) as reading
from {{ ref('arrivals') }}
{% if is_incremental() %}
where day = {{ var('day') }}
{% endif %}
group by event_id
