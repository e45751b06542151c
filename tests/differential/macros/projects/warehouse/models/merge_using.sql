{{ config(materialized='incremental', incremental_strategy='merge', merge_on_using_columns=['id'], incremental_predicates='DBT_INTERNAL_DEST.id < 1000') }} select * from {{ ref('rows') }}
