{{ config(materialized='incremental') }} select nothing from {{ ref('a') }}
