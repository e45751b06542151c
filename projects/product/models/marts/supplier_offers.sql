with offers as (
    select * from {{ ref('stg_supplier_offers') }}
),

suppliers as (
    select * from {{ ref('dim_suppliers') }}
),

rates as (
    select * from {{ ref('exchange_rates') }}
    where rate_date = cast('{{ var("as_of_date") }}' as date)
),

offers_in_eur as (
    select
        offers.*,
        {{ convert_to_eur('offers.unit_cost', 'rates.eur_per_unit') }} as unit_cost_eur,
        suppliers.lead_time_days
    from offers
    inner join suppliers on offers.supplier_id = suppliers.supplier_id
    inner join rates on offers.currency_code = rates.currency_code
)

select
    offer_id,
    sku,
    supplier_id,
    unit_cost,
    currency_code,
    unit_cost_eur,
    minimum_quantity,
    lead_time_days,
    row_number() over (
        partition by sku
        order by unit_cost_eur, lead_time_days, offer_id
    ) = 1 as is_preferred
from offers_in_eur
