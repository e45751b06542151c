{{ config(full_refresh=true) }}

select event_id, {{ 'true' if is_incremental() else 'false' }} as is_incremental
from {{ ref('arrivals') }}
