{% macro cents(column) %}{{ halve(column) }} * 2{% endmacro %}
{% macro halve(column) %}({{ column }} / 2){% endmacro %}
{% macro unused() %}1{% endmacro %}
{% test helpers_rows(model) %}select * from {{ model }} where false{% endtest %}
{% test dbt_like_equal(model, other) %}select 1 from {{ model }}, {{ other }} where false{% endtest %}
