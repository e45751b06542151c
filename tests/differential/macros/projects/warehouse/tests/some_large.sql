{{ config(severity='warn', store_failures=true) }} select * from {{ ref('rows') }} where id > 100
