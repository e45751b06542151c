select dish, count(*) as number_of_ingredients, sum(weight) as weight from {{ ref('recipes') }} group by dish
