select dish, ingredient, {{ grams('grams') }} * {{ var('portions') }} as weight
from {{ ref('ingredients') }}
