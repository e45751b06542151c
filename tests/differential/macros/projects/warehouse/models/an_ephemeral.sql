{{ config(materialized='ephemeral') }} select id from {{ ref('rows') }} where amount > 5
