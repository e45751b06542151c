with deliveries as (
    select * from {{ ref('fct_deliveries') }}
)

select
    supplier_id,
    count(*) as delivery_count,
    count(*) filter (where delivery_status = 'late') as late_count,
    cast(
        count(*) filter (where delivery_status = 'on time')
        / nullif(count(*) filter (where delivery_status <> 'open'), 0)
        as decimal(9, 4)
    ) as on_time_rate
from deliveries
group by supplier_id
