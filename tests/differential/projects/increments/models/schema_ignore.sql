{{ config(unique_key='event_id', on_schema_change='ignore') }}

select
    event_id,
    max(day) as day
    {%- if var('day') > 1 %},
    max(note) as note
    {%- endif %}
from {{ ref('arrivals') }}
group by event_id
