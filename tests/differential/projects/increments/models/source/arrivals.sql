{#- What has arrived up to the day of the run. -#}
select * from {{ ref('events') }}
where day <= {{ var('day') }}
