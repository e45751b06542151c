{% macro label(text) -%}
    {{ return(adapter.dispatch('label', 'pantry')(text)) }}
{%- endmacro %}

{% macro default__label(text) -%} {{ text }} || ' (default)' {%- endmacro %}

{% macro duckdb__label(text) -%} {{ text }} || ' (duckdb)' {%- endmacro %}

{% test at_least(model, column_name, least=0) %}
    select * from {{ model }} where {{ column_name }} < {{ least }}
{% endtest %}
