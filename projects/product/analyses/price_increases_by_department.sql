-- Which departments raised prices most since the beginning of the year?
select
    products.department_name,
    count(*) as price_increases,
    sum(history.price_difference) as total_increase_eur
from {{ ref('fct_price_history') }} as history
inner join {{ ref('dim_products', v=2) }} as products on history.sku = products.sku
where
    history.currency_code = 'EUR'
    and history.price_difference > 0
    and history.valid_from >= date_trunc('year', cast('{{ var("as_of_date") }}' as date))
group by products.department_name
order by total_increase_eur desc
