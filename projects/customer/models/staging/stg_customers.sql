with source as (
    select * from {{ ref('raw_customers') }}
)

select
    customer_id,
    first_name,
    last_name,
    nullif(lower(email), '') as email,
    nullif(phone, '') as phone,
    cast(birth_date as date) as birth_date,
    country_code,
    {{ flag_to_boolean('newsletter') }} as wants_newsletter,
    cast(signed_up_at as timestamp) as signed_up_at,
    cast(updated_at as timestamp) as updated_at
from source
