{{ config(post_hook="comment on table {{ this }} is 'Prices in force on {{ var('as_of_date') }}'") }}

with periods as (
    select * from {{ ref('int_price_periods') }}
    where
        valid_from <= cast('{{ var("as_of_date") }}' as timestamp)
        and coalesce(valid_to, timestamp '9999-12-31') > cast('{{ var("as_of_date") }}' as timestamp)
)

select
    sku,
    {%- for currency in var('price_list_currencies') %}
    cast(max(price) filter (where currency_code = '{{ currency }}') as decimal(18, 2)) as price_{{ currency | lower }},
    {%- endfor %}
    max(valid_from) as last_changed_at
from periods
group by sku
