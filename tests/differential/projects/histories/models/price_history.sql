{#- Reads a snapshot of each syntax. -#}
select 'timestamp' as kind, sku, price, dbt_valid_from, dbt_valid_to from {{ ref('prices_by_timestamp') }}
union all
select 'block', sku, price, dbt_valid_from, dbt_valid_to from {{ ref('prices_block') }}
