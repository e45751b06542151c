select id from {{ ref('contracted') }}
