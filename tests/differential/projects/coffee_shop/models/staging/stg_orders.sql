with source as (

    {#- Seeds stand in for what a till would load. #}
    select * from {{ ref('raw_orders') }}

)

select
    id as order_id,
    customer_id,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    state
from source
