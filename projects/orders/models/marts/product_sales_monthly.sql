with order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where order_status <> 'cancelled'
),

returns as (
    select
        sku,
        cast(date_trunc('month', returned_at) as date) as sales_month,
        sum(quantity) as returned_quantity
    from {{ ref('fct_returns') }}
    group by all
),

sales as (
    select
        sku,
        cast(date_trunc('month', order_date) as date) as sales_month,
        sum(quantity) as sold_quantity,
        sum(net_amount_eur) as net_amount_eur
    from order_lines
    group by all
)

select
    sku,
    sales_month,
    cast(coalesce(sales.sold_quantity, 0) as bigint) as sold_quantity,
    cast(coalesce(returns.returned_quantity, 0) as bigint) as returned_quantity,
    cast(coalesce(sales.net_amount_eur, 0) as decimal(18, 2)) as net_amount_eur
from sales
full join returns using (sku, sales_month)
