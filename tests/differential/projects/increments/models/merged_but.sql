{{
    config(
        incremental_strategy='merge',
        unique_key=['event_id'],
        merge_exclude_columns=['day']
    )
}}

select event_id, max(day) as day, arg_max(reading, day) as reading
from {{ ref('arrivals') }}
group by event_id
