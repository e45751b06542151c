-- Records arrive once for each change, some of them twice: keep the last.
with customers as (
    select * from {{ ref('stg_customers') }}
)

select *
from customers
qualify row_number() over (
    partition by customer_id
    order by updated_at desc, last_name, country_code
) = 1
