{{ config(materialized='incremental') }}
select id from {{ ref('customers') }}
