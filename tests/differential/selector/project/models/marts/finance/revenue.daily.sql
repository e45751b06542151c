{{ config(materialized='incremental', severity='x', custom_flag=false) }} select * from {{ ref('revenue') }}
