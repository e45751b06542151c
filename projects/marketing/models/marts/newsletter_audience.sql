with customers as (
    select * from {{ ref('customer', 'dim_customers') }}
    where email_hash is not null
),

consents as (
    select * from {{ ref('customer', 'customer_consents') }}
    where channel = 'email'
),

unsubscribed as (
    select
        customer_id,
        max(occurred_at) as unsubscribed_at
    from {{ ref('fct_email_events') }}
    where event_type = 'unsubscribed'
    group by customer_id
),

segments as (
    select * from {{ ref('customer_segments') }}
)

select
    customers.customer_id,
    customers.email_hash,
    customers.country_code,
    segments.segment,
    consents.recorded_at as consented_at
from customers
inner join consents on customers.customer_id = consents.customer_id
inner join segments on customers.customer_id = segments.customer_id
left join unsubscribed on customers.customer_id = unsubscribed.customer_id
where
    consents.is_granted
    and coalesce(unsubscribed.unsubscribed_at <= consents.recorded_at, true)
