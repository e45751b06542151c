{% snapshot customers_snapshot %}

{{
    config(
        unique_key='customer_id',
        strategy='timestamp',
        updated_at='updated_at'
    )
}}

select
    customer_id,
    country_code,
    wants_newsletter,
    updated_at
from {{ ref('int_customers_latest') }}

{% endsnapshot %}
