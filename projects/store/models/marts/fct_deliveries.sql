with deliveries as (
    select * from {{ ref('stg_deliveries') }}
),

suppliers as (
    select * from {{ ref('product', 'dim_suppliers') }}
)

select
    deliveries.delivery_id,
    deliveries.store_code,
    deliveries.sku,
    deliveries.supplier_id,
    suppliers.supplier_name,
    deliveries.quantity,
    deliveries.ordered_on,
    deliveries.due_on,
    deliveries.received_on,
    case
        when deliveries.received_on is null then 'open'
        when deliveries.received_on > deliveries.due_on then 'late'
        else 'on time'
    end as delivery_status,
    cast(greatest(date_diff('day', deliveries.due_on, deliveries.received_on), 0) as integer) as days_late
from deliveries
left join suppliers on deliveries.supplier_id = suppliers.supplier_id
