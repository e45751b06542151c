{{ config(materialized='incremental', incremental_strategy='merge', incremental_predicates=none) }} select * from {{ ref('rows') }}
