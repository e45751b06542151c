select event_id, day, '{{ "again" if is_incremental() else "first" }}' as run
from {{ ref('arrivals') }}
