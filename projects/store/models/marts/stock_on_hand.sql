-- The last count plus what was delivered after it.
with stock as (
    select * from {{ ref('int_stock_latest') }}
),

deliveries as (
    select * from {{ ref('fct_deliveries') }}
),

delivered_since as (
    select
        stock.store_code,
        stock.sku,
        sum(deliveries.quantity) as delivered_quantity
    from stock
    inner join deliveries
        on stock.store_code = deliveries.store_code
        and stock.sku = deliveries.sku
        and deliveries.received_on > stock.counted_on
    group by stock.store_code, stock.sku
)

select
    stock.store_code,
    stock.sku,
    stock.counted_on,
    stock.counted_quantity,
    cast(coalesce(delivered_since.delivered_quantity, 0) as integer) as delivered_quantity,
    cast(stock.counted_quantity + coalesce(delivered_since.delivered_quantity, 0) as integer) as quantity_on_hand,
    stock.is_booking_error
from stock
left join delivered_since
    on stock.store_code = delivered_since.store_code
    and stock.sku = delivered_since.sku
