{{ config(unique_key='event_id', on_schema_change='fail') }}

select event_id{% if var('day') == 2 %}, max(note) as note{% endif %}
from {{ ref('arrivals') }}
group by event_id
