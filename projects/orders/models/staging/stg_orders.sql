with source as (
    select distinct * from {{ ref('raw_orders') }}
)

select
    order_id,
    nullif(customer_id, '') as customer_id,
    channel,
    nullif(store_code, '') as store_code,
    country_code,
    cast(ordered_at as timestamp) as ordered_at_local,
    time_zone,
    {{ local_to_utc('cast(ordered_at as timestamp)', 'time_zone') }} as ordered_at,
    currency_code,
    status as order_status,
    cast(updated_at as timestamp) as updated_at
from source
