{{ config(unique_key='event_id', on_schema_change='append_new_columns') }}

select
    event_id,
    max(day) as day
    {%- if var('day') == 1 %},
    max(sensor) as sensor
    {%- else %},
    max(reading) as reading,
    max(note) as note
    {%- endif %}
from {{ ref('arrivals') }}
group by event_id
