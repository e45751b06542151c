select order_id, amount
from {{ ref('orders') }}
where state = 'completed' and amount <= 0
