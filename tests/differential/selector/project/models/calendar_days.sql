select * from {{ ref('holidays') }}
