select extract(hour from ordered_at) as hour, count(*) as orders
from {{ ref('stg_orders') }}
group by all
order by orders desc
