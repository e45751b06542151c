{% test in_range(model, column_name, minimum=none, maximum=none) %}

select {{ column_name }}
from {{ model }}
where
    {{ column_name }} is not null
    and (
        {{ column_name }} < {{ minimum if minimum is not none else column_name }}
        or {{ column_name }} > {{ maximum if maximum is not none else column_name }}
    )

{% endtest %}
