{{ config(materialized='table') }}
{% call set_sql_header(config) %}set variable greeting = 'hello';{% endcall %}
select getvariable('greeting') as greeting
