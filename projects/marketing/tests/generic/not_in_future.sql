{#- Nothing may lie after the day that the run looks at. -#}
{% test not_in_future(model, column_name) %}

select {{ column_name }}
from {{ model }}
where cast({{ column_name }} as date) > cast('{{ var("as_of_date") }}' as date)

{% endtest %}
