{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select * from {{ ref('rows') }} {% if is_incremental() %} where id > 1 {% endif %}
