{#- Enforced contracts: the column list with constraints for DDL, and the comparison of what the SQL gives with what the
    properties promise. -#}

{%- macro get_table_columns_and_constraints() -%}
  {{ adapter.dispatch('get_table_columns_and_constraints', 'dbt')() }}
{%- endmacro -%}

{% macro default__get_table_columns_and_constraints() -%}
  {{ return(table_columns_and_constraints()) }}
{%- endmacro %}

{#- The adapter renders each constraint and leaves out those that the database would refuse. -#}
{% macro table_columns_and_constraints() %}
  {%- set definitions = adapter.render_raw_columns_constraints(raw_columns=model['columns'])
      + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
  (
    {{ definitions | join(',\n    ') }}
  )
{% endmacro %}


{%- macro get_assert_columns_equivalent(sql) -%}
  {{ adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql) }}
{%- endmacro -%}

{% macro default__get_assert_columns_equivalent(sql) -%}
  {{ return(assert_columns_equivalent(sql)) }}
{%- endmacro %}

{#- Both sides go through the database, the query itself and a query of nulls cast to the declared types, so that
    aliases (int, integer) compare equal. Names, types and number must agree; order need not. Returns no text. -#}
{% macro assert_columns_equivalent(sql) %}
  {%- set declared = model['columns'] -%}
  {%- if not declared -%}
    {{ exceptions.raise_contract_error([], []) }}
  {%- endif -%}

  {%- set found_columns = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) -%}
  {%- set declared_columns = format_columns(get_column_schema_from_query(get_empty_schema_sql(declared))) -%}

  {#- of two declared columns of one name the first counts -#}
  {%- set expected = {} -%}
  {%- for column in declared_columns if column['name'] not in expected -%}
    {%- do expected.update({column['name']: column['formatted']}) -%}
  {%- endfor -%}

  {%- set surprises = [] -%}
  {%- for column in found_columns if expected.get(column['name']) != column['formatted'] -%}
    {%- do surprises.append(column) -%}
  {%- endfor -%}
  {%- if surprises or found_columns | length != declared_columns | length -%}
    {%- do exceptions.raise_contract_error(declared_columns, found_columns) -%}
  {%- endif -%}
{% endmacro %}

{% macro format_columns(columns) %}
  {% set formatted = [] %}
  {% for column in columns %}
    {% do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) %}
  {% endfor %}
  {{ return(formatted) }}
{% endmacro %}

{% macro default__format_column(column) -%}
  {{ return({
      'name': column.name,
      'data_type': column.dtype,
      'formatted': column.column.lower() ~ ' ' ~ column.dtype
  }) }}
{%- endmacro %}
