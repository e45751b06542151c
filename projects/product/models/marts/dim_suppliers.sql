with suppliers as (
    select * from {{ ref('stg_suppliers') }}
)

select
    supplier_id,
    supplier_name,
    country_code,
    currency_code,
    lead_time_days,
    contact_email is not null as takes_orders_by_email
from suppliers
