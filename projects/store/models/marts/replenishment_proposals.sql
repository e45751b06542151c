{{
    config(
        pre_hook="create or replace macro {{ this.schema }}.pieces_for_days(daily_demand, days) as cast(ceil(daily_demand * days) as integer)"
    )
}}

-- What a store should order so that stock lasts for the lead time and the safety days.
with stock as (
    select * from {{ ref('stock_on_hand') }}
),

stores as (
    select * from {{ ref('dim_stores') }}
    where is_open
),

demand as (
    select * from {{ ref('int_sku_demand') }}
),

products as (
    select * from {{ ref('product', 'dim_products', v=2) }}
    where is_sellable
),

offers as (
    select * from {{ ref('product', 'supplier_offers') }}
    where is_preferred
),

needs as (
    select
        stock.store_code,
        stock.sku,
        offers.supplier_id,
        offers.unit_cost_eur,
        offers.minimum_quantity,
        stock.quantity_on_hand,
        {{ this.schema }}.pieces_for_days(
            demand.daily_demand,
            offers.lead_time_days + {{ var('safety_stock_days') }}
        ) as target_quantity
    from stock
    inner join stores on stock.store_code = stores.store_code
    inner join products on stock.sku = products.sku
    inner join demand on stock.sku = demand.sku
    inner join offers on stock.sku = offers.sku
)

select
    store_code,
    sku,
    supplier_id,
    quantity_on_hand,
    target_quantity,
    greatest(target_quantity - quantity_on_hand, minimum_quantity) as proposed_quantity,
    cast(greatest(target_quantity - quantity_on_hand, minimum_quantity) * unit_cost_eur as decimal(18, 2)) as proposed_cost_eur
from needs
where quantity_on_hand < target_quantity
