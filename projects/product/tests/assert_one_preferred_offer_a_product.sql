select
    sku,
    count(*) filter (where is_preferred) as preferred_offers
from {{ ref('supplier_offers') }}
group by sku
having count(*) filter (where is_preferred) <> 1
