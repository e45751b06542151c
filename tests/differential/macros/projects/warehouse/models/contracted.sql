select id, amount, label from {{ ref('rows') }}
