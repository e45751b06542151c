{{ config(alias='customers_dimension') }}
select 7 as customer_id, 'Ada' as customer_name, date '2023-12-31' as first_seen, null::date as last_seen
