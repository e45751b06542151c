{{ config(materialized='incremental', incremental_strategy='merge', unique_key=['id'], merge_exclude_columns=['label']) }} select * from {{ ref('rows') }}
