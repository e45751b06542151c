{#- Found before the package's own, because of `dispatch` in dbt_project.yml. -#}
{% macro duckdb__label(text) -%} {{ text }} || ' (kitchen)' {%- endmacro %}
