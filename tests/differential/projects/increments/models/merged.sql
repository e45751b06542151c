{{ config(incremental_strategy='merge', unique_key='event_id') }}

select event_id, max(day) as day, arg_max(reading, day) as reading, arg_max(note, day) as note
from {{ ref('arrivals') }}
{%- if is_incremental() %}
where day >= (select max(day) from {{ this }})
{%- endif %}
group by event_id
