with source as (
    select * from {{ ref('raw_addresses') }}
)

select
    cast(address_id as integer) as address_id,
    customer_id,
    address_type,
    street,
    postal_code,
    city,
    country_code,
    cast(updated_at as timestamp) as updated_at
from source
