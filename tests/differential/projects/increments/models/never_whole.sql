{{ config(full_refresh=false, unique_key='event_id', incremental_strategy='append') }}

select event_id, {{ 'true' if is_incremental() else 'false' }} as is_incremental
from {{ ref('arrivals') }}
