{#- A stable key for joins that shows nobody's address. -#}
{% macro mask_email(column) %}
    md5(lower(trim({{ column }})))
{%- endmacro %}
