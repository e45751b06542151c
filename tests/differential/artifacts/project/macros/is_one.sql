{% macro is_one(x) %}{{ x }} = 1{% endmacro %}
