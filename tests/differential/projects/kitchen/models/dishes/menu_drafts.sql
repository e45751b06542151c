select dish from {{ ref('menu', v=1) }}
