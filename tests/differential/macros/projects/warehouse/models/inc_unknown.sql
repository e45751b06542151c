{{ config(materialized='incremental', incremental_strategy='nonsense') }} select * from {{ ref('rows') }}
