select sku, colour, price, changed_at
from {{ ref('prices') }}
where month = {{ var('month') }}
