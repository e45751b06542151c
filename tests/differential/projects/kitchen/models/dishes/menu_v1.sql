select dish, count(*) as ingredients from {{ ref('recipes') }} group by dish
