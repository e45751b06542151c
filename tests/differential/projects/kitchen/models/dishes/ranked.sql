{{ config(materialized='numbered', number_by='weight desc, dish', alias='RANKING') }}

select dish, weight from {{ ref('menu') }}
