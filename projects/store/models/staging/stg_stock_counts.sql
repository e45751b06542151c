with source as (
    select * from {{ ref('raw_stock_counts') }}
)

select
    cast(count_id as integer) as count_id,
    store_code,
    sku,
    cast(counted_on as date) as counted_on,
    cast(quantity as integer) as quantity
from source
