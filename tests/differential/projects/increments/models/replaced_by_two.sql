{{
    config(
        incremental_strategy='delete+insert',
        unique_key=['sensor', 'day'],
        incremental_predicates=["DBT_INCREMENTAL_TARGET.day > 1"]
    )
}}

select coalesce(sensor, 'unknown') as sensor, day, count(*) as readings, sum(reading) as total
from {{ ref('arrivals') }}
group by all
