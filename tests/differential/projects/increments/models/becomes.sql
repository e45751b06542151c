{#- A relation that changes its kind between runs. -#}
{{ config(materialized=['view', 'incremental', 'table'][(var('day') - 1) % 3]) }}

select sensor, count(*) as events from {{ ref('arrivals') }} group by sensor
