{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
{% if var('round') == 2 %}select id, amount::varchar as amount, label || 'x' as extra from {{ ref('rows') }}
{% else %}select id, amount, label from {{ ref('rows') }}{% endif %}
