select event_id, max(reading)::double as reading
from {{ ref('arrivals') }}
group by event_id
