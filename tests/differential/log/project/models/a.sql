{{ config(materialized='table') }} select * from {{ ref('s') }} {{ log('hello', info=true) }} {{ print('printed') }} {% do exceptions.warn('careful') %}
