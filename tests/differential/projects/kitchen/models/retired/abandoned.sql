select * from {{ ref('forgotten') }}
