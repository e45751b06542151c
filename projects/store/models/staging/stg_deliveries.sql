with source as (
    select * from {{ ref('raw_deliveries') }}
)

select
    delivery_id,
    store_code,
    sku,
    supplier_id,
    cast(quantity as integer) as quantity,
    cast(ordered_on as date) as ordered_on,
    cast(due_on as date) as due_on,
    cast(received_on as date) as received_on
from source
