with prices as (
    select * from {{ ref('product_prices') }}
),

offers as (
    select * from {{ ref('supplier_offers') }}
    where is_preferred
),

products as (
    select * from {{ ref('dim_products', v=2) }}
)

select
    products.sku,
    products.department_name,
    prices.price_eur,
    offers.unit_cost_eur,
    cast(prices.price_eur - offers.unit_cost_eur as decimal(18, 2)) as margin_eur,
    cast((prices.price_eur - offers.unit_cost_eur) / nullif(prices.price_eur, 0) as decimal(9, 4)) as margin_rate
from products
inner join prices on products.sku = prices.sku
inner join offers on products.sku = offers.sku
