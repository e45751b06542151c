{{ config(materialized='table', tags=['core']) }}
select id::bigint as id, name from {{ ref('raw_customers') }} where {{ is_one('id') }} or id > 1
