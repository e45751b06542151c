select * from {{ ref('recipes') }} order by weight desc limit {{ var('portions') }}
