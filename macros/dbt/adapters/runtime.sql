{#- Which generation of dbt the macros run under. -#}

{% macro is_core_v2() -%}
  {{ return(dbt_version.split('.') | first | int == 2) }}
{%- endmacro %}
