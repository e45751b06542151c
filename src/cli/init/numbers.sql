-- Built as a table; remove this line and it is a view, as dbt_project.yml says.
{{ config(materialized='table') }}

select 1 as id
union all
select 2 as id
