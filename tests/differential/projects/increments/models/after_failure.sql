{{ config(materialized='table') }}

select count(*) as events from {{ ref('schema_fail') }}
