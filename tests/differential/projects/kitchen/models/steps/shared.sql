with weights as (select * from {{ ref('weighed') }})

select dish, ingredient, weight, weight / sum(weight) over (partition by dish) as share
from weights
