{{ config(severity='warn', error_if='>20', warn_if='>0') }}

select order_id
from {{ ref('order_fulfilment') }}
where
    shipped_at < placed_at
    or delivered_at < shipped_at
