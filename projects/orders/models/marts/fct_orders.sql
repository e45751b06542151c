{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='order_id',
        on_schema_change='append_new_columns'
    )
}}

with orders as (
    select * from {{ ref('int_orders_latest') }}
),

order_lines as (
    select
        order_id,
        count(*) as line_count,
        sum(quantity) as item_count,
        sum(net_amount) as net_amount,
        sum(net_amount_eur) as net_amount_eur
    from {{ ref('int_order_lines_priced') }}
    group by order_id
),

payments as (
    select * from {{ ref('int_order_payments') }}
),

joined as (
    select
        orders.order_id,
        orders.customer_id,
        orders.channel,
        orders.store_code,
        orders.country_code,
        orders.order_status,
        orders.ordered_at,
        orders.order_date,
        orders.currency_code,
        cast(order_lines.line_count as integer) as line_count,
        cast(order_lines.item_count as integer) as item_count,
        cast(order_lines.net_amount as decimal(18, 2)) as net_amount,
        cast(order_lines.net_amount_eur as decimal(18, 2)) as net_amount_eur,
        coalesce(payments.paid_amount, 0) as paid_amount,
        coalesce(payments.refunded_amount, 0) as refunded_amount,
        -- A refund changes an order long after its status did.
        greatest(orders.updated_at, payments.last_processed_at) as updated_at
    from orders
    inner join order_lines on orders.order_id = order_lines.order_id
    left join payments on orders.order_id = payments.order_id
)

select *
from joined
{% if is_incremental() %}
where {{ since_last_run('updated_at') }}
{% endif %}
