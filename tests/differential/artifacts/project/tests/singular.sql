select * from {{ ref('customers') }} where id > 1
