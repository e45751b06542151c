{{ config(materialized='view' if var('kind') == 'table' else 'table') }} select id, count(*) as n from {{ ref('rows') }} group by id
