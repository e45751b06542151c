{{ config(materialized='view') }}

with order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

orders as (
    select * from {{ ref('int_orders_latest') }}
)

select
    {{ surrogate_key(['order_lines.order_id', 'order_lines.line_number']) }} as order_line_key,
    order_lines.order_id,
    order_lines.line_number,
    order_lines.sku,
    orders.order_date,
    orders.updated_at,
    orders.currency_code,
    orders.order_status,
    order_lines.quantity,
    order_lines.unit_price,
    order_lines.discount,
    cast(order_lines.quantity * order_lines.unit_price - order_lines.discount as decimal(18, 2)) as net_amount,
    {{ convert_to_eur('(order_lines.quantity * order_lines.unit_price - order_lines.discount)', 'orders.eur_per_unit') }} as net_amount_eur
from order_lines
inner join orders on order_lines.order_id = orders.order_id
