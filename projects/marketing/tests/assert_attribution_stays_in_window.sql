select
    attributed.order_id,
    attributed.session_started_at,
    orders.ordered_at
from {{ ref('attributed_orders') }} as attributed
inner join {{ ref('orders', 'fct_orders') }} as orders on attributed.order_id = orders.order_id
where not ({{ within_window('attributed.session_started_at', 'orders.ordered_at', var('attribution_window_days')) }})
