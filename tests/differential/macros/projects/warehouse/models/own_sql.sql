{{ config(materialized='table', tags=['own']) }} select 1 as id
