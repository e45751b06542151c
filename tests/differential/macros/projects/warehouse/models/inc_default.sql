{{ config(materialized='incremental') }} select * from {{ ref('rows') }}
