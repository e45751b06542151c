select
    footfall.store_code,
    footfall.visit_date
from {{ ref('fct_footfall') }} as footfall
inner join {{ ref('dim_stores') }} as stores on footfall.store_code = stores.store_code
where footfall.visit_date > stores.closed_on
