{{
    config(
        incremental_strategy='merge',
        unique_key='event_id',
        merge_update_columns=['reading']
    )
}}

select event_id, max(day) as day, arg_max(reading, day) as reading
from {{ ref('arrivals') }}
group by event_id
