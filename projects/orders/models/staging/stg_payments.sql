with source as (
    select distinct * from {{ ref('raw_payments') }}
)

select
    payment_id,
    order_id,
    replace(payment_method, ' ', '_') as payment_method,
    {{ cents_to_units('amount_cents') }} as amount,
    currency_code,
    status as payment_status,
    cast(processed_at as timestamp) as processed_at
from source
