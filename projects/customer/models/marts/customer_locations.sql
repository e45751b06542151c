with addresses as (
    select * from {{ ref('stg_addresses') }}
)

select
    customer_id,
    address_type,
    postal_code,
    city,
    country_code,
    updated_at
from addresses
qualify row_number() over (
    partition by customer_id, address_type
    order by updated_at desc, address_id desc
) = 1
