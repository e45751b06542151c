with returns as (
    select * from {{ ref('stg_returns') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
)

select
    returns.return_id,
    returns.order_id,
    returns.line_number,
    order_lines.sku,
    returns.quantity,
    returns.return_reason,
    returns.returned_at,
    date_diff('day', order_lines.order_date, cast(returns.returned_at as date)) as days_to_return,
    cast(-round(order_lines.net_amount_eur * returns.quantity / order_lines.quantity, 2) as decimal(18, 2)) as amount_eur
from returns
inner join order_lines
    on returns.order_id = order_lines.order_id
    and returns.line_number = order_lines.line_number
