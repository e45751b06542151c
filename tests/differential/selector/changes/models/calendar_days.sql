{{ config(meta={'x': 1}) }} select * from {{ ref('holidays') }}
