{{ config(materialized='table_function', parameters=['low', 'high']) }} select * from {{ ref('rows') }} where id between low and high
