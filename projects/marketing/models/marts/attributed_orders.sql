-- An order belongs to the last campaign that its customer came from.
with touches as (
    select * from {{ ref('int_order_touches') }}
)

select
    order_id,
    customer_id,
    order_date,
    campaign_code,
    session_id,
    started_at as session_started_at,
    net_amount_eur
from touches
where touches_before_order = 1
