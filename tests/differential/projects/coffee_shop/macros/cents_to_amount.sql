{% macro cents_to_amount(column, scale=2) -%}
    cast({{ column }} / 100.0 as decimal(12, {{ scale }}))
{%- endmacro %}
