-- Recency, frequency and value in plain bands, so that a segment can be explained.
with summaries as (
    select * from {{ ref('orders', 'customer_order_summary') }}
),

accounts as (
    select * from {{ ref('customer', 'loyalty_accounts') }}
)

select
    summaries.customer_id,
    summaries.country_code,
    summaries.order_count,
    summaries.net_amount_eur,
    accounts.tier_code,
    case
        when summaries.order_count = 0 then 'prospect'
        when summaries.days_since_last_order > 365 then 'lapsed'
        when summaries.order_count >= 4 then 'loyal'
        when summaries.net_amount_eur >= 500 then 'big spender'
        when summaries.order_count = 1 then 'one-off'
        else 'regular'
    end as segment
from summaries
left join accounts on summaries.customer_id = accounts.customer_id
