-- One row for each order, with the rate of the day on which it was placed.
with orders as (
    select * from {{ ref('stg_orders') }}
    qualify row_number() over (
        partition by order_id
        order by updated_at desc, order_status
    ) = 1
),

rates as (
    select * from {{ ref('product', 'exchange_rates') }}
)

select
    orders.*,
    cast(orders.ordered_at_local as date) as order_date,
    rates.eur_per_unit
from orders
inner join rates
    on orders.currency_code = rates.currency_code
    and cast(orders.ordered_at_local as date) = rates.rate_date
