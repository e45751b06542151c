select id from {{ ref('an_ephemeral') }}
