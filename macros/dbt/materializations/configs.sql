{#- Configs that a command line flag can stand in for, and the setter for `sql_header`. -#}

{#- A call block, so that a header can hold any SQL: {% call set_sql_header(config) %} ... {% endcall %}. -#}
{% macro set_sql_header(config) -%}
  {{ config.set('sql_header', caller()) }}
{%- endmacro %}


{#- The config decides, both ways; only where it says nothing does the flag. -#}
{% macro should_full_refresh() %}
  {% set configured = config.get('full_refresh') %}
  {% do return(flags.FULL_REFRESH if configured is none else configured) %}
{% endmacro %}


{% macro should_store_failures() %}
  {% set configured = config.get('store_failures') %}
  {% do return(flags.STORE_FAILURES if configured is none else configured) %}
{% endmacro %}
