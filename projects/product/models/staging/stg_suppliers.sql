with source as (
    select * from {{ ref('raw_suppliers') }}
)

select
    supplier_id,
    supplier_name,
    country_code,
    currency_code,
    cast(lead_time_days as integer) as lead_time_days,
    nullif(contact_email, '') as contact_email,
    cast(updated_at as timestamp) as updated_at
from source
