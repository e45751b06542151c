-- depends_on: {{ ref('recipes') }}
select
    dish
    {%- for name in ingredient_names() %},
    sum(case when ingredient = '{{ name }}' then grams end) as {{ name }}
    {%- endfor %}
from {{ ref('ingredients') }}
group by dish
