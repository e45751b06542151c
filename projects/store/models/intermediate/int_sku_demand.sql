{{ config(materialized='view') }}

-- Demand for a product over all channels, as pieces a day.
with order_lines as (
    select * from {{ ref('orders', 'fct_order_lines') }}
)

select
    sku,
    sum(quantity) as sold_quantity,
    cast(sum(quantity) / {{ var('demand_window_days') }} as decimal(18, 4)) as daily_demand
from order_lines
where
    order_status <> 'cancelled'
    and {{ in_last_days('order_date', var('demand_window_days')) }}
group by sku
