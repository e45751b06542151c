with customers as (
    select * from {{ ref('int_customers_latest') }}
),

countries as (
    select * from {{ ref('dim_countries') }}
)

select
    customers.customer_id,
    {{ mask_email('customers.email') }} as email_hash,
    customers.country_code,
    countries.country_name,
    countries.currency_code,
    countries.time_zone,
    coalesce(customers.wants_newsletter, false) as wants_newsletter,
    case
        when customers.birth_date is null then 'unknown'
        when date_diff('year', customers.birth_date, cast('{{ var("as_of_date") }}' as date)) < 30 then 'under 30'
        when date_diff('year', customers.birth_date, cast('{{ var("as_of_date") }}' as date)) < 60 then '30 to 59'
        else '60 and over'
    end as age_band,
    customers.signed_up_at,
    customers.updated_at
from customers
left join countries on customers.country_code = countries.country_code
