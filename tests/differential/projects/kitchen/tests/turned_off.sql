{{ config(enabled=false) }}
select * from {{ ref('recipes') }}
