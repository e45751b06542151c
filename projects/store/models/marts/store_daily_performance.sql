with footfall as (
    select * from {{ ref('fct_footfall') }}
),

sales as (
    select * from {{ ref('int_store_sales_daily') }}
),

stores as (
    select * from {{ ref('dim_stores') }}
)

select
    footfall.store_code,
    footfall.visit_date,
    stores.country_code,
    footfall.visitors,
    cast(coalesce(sales.order_count, 0) as integer) as order_count,
    cast(coalesce(sales.net_amount_eur, 0) as decimal(18, 2)) as net_amount_eur,
    cast(coalesce(sales.order_count, 0) / nullif(footfall.visitors, 0) as decimal(9, 4)) as conversion_rate,
    cast(coalesce(sales.net_amount_eur, 0) / stores.floor_area_m2 as decimal(18, 4)) as net_amount_eur_a_m2
from footfall
inner join stores on footfall.store_code = stores.store_code
left join sales
    on footfall.store_code = sales.store_code
    and footfall.visit_date = sales.order_date
