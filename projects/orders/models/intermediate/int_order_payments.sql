with payments as (
    select * from {{ ref('stg_payments') }}
)

select
    order_id,
    cast(coalesce(sum(amount) filter (where amount > 0 and payment_status = 'settled'), 0) as decimal(18, 2)) as paid_amount,
    cast(coalesce(-sum(amount) filter (where amount < 0 and payment_status = 'settled'), 0) as decimal(18, 2)) as refunded_amount,
    count(*) filter (where payment_status = 'failed') as failed_payments,
    max(processed_at) as last_processed_at
from payments
group by order_id
