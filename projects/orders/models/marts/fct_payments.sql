{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail'
    )
}}

with payments as (
    select * from {{ ref('stg_payments') }}
),

orders as (
    select * from {{ ref('int_orders_latest') }}
)

select
    payments.payment_id,
    payments.order_id,
    payments.payment_method,
    payments.payment_status,
    payments.currency_code,
    payments.amount,
    {{ convert_to_eur('payments.amount', 'orders.eur_per_unit') }} as amount_eur,
    payments.amount < 0 as is_refund,
    payments.processed_at
from payments
inner join orders on payments.order_id = orders.order_id
{% if is_incremental() %}
where
    {{ since_last_run('processed_at') }}
    and payments.payment_id not in (select payment_id from {{ this }})
{% endif %}
