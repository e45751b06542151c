with customers as (
    select * from {{ ref('int_customers_latest') }}
)

select
    customer_id,
    first_name || ' ' || last_name as full_name,
    email,
    phone
from customers
where
    email is not null
    or phone is not null
