select amount, id from {{ ref('rows') }}
