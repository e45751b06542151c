{{ config(tags=['slow'], warn_if='!=0', error_if='>100') }}
select * from {{ ref('recipes') }} where weight is null or weight > 800
