select id from {{ ref('rows') }}
