with history as (
    select * from {{ ref('products_snapshot') }}
)

select
    sku,
    product_status,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from history
