{{ config(materialized='table') }}

select secret.dish, secret.lines, jars.label
from {{ ref('secret') }} as secret
cross join {{ ref('pantry', 'jars') }} as jars
where jars.jar = 1
