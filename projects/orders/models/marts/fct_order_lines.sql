{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['order_id', 'line_number'],
        on_schema_change='append_new_columns'
    )
}}

with order_lines as (
    select * from {{ ref('int_order_lines_priced') }}
),

products as (
    select * from {{ ref('product', 'dim_products', v=2) }}
)

select
    order_lines.order_line_key,
    order_lines.order_id,
    order_lines.line_number,
    order_lines.sku,
    products.department_name,
    order_lines.order_date,
    order_lines.order_status,
    order_lines.currency_code,
    order_lines.quantity,
    order_lines.unit_price,
    order_lines.discount,
    order_lines.net_amount,
    order_lines.net_amount_eur,
    order_lines.updated_at
from order_lines
left join products on order_lines.sku = products.sku
{% if is_incremental() %}
where {{ since_last_run('updated_at') }}
{% endif %}
