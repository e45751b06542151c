with stock_counts as (
    select * from {{ ref('stg_stock_counts') }}
    where quantity is not null
)

select
    store_code,
    sku,
    counted_on,
    greatest(quantity, 0) as counted_quantity,
    quantity < 0 as is_booking_error
from stock_counts
qualify row_number() over (
    partition by store_code, sku
    order by counted_on desc, count_id desc
) = 1
