{#- The materialization of unit tests: actual and expected rows in one result, told apart by a column. -#}

{% materialization unit, default %}
  {% set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none %}
  {% set expected_rows = config.get('expected_rows') %}
  {#- only the columns that the test names are compared -#}
  {% set compared_names = expected_rows[0].keys() if expected_rows else get_columns_in_query(sql) %}

  {#- the types of the model's columns, from an empty table of its query -#}
  {% set typed_relation = make_temp_relation(this.incorporate(type='table')) %}
  {% do run_query(get_create_table_as_sql(True, typed_relation, get_empty_subquery_sql(sql))) %}
  {% set types = {} %}
  {% set quoted_names = {} %}
  {% for column in adapter.get_columns_in_relation(typed_relation) %}
    {% do types.update({column.name | lower: column.data_type}) %}
    {% do quoted_names.update({column.name | lower: column.quoted}) %}
  {% endfor %}

  {% set compared_columns = [] %}
  {% for name in compared_names %}
    {% do compared_columns.append(quoted_names[name | lower]) %}
  {% endfor %}
  {% set expected_sql = config.get('expected_sql') or get_expected_sql(expected_rows, types, quoted_names) %}

  {% call statement('main', fetch_result=True) -%}
    {{ sql_header or '' }}
    {{ get_unit_test_sql(sql, expected_sql, compared_columns) }}
  {%- endcall %}

  {% do adapter.drop_relation(typed_relation) %}

  {{ return({'relations': []}) }}
{% endmaterialization %}


{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{ adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names) }}
{%- endmacro %}

{#- dbt_internal_unit_test_actual is a name that get_expected_sql uses. -#}
{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {%- set column_list = expected_column_names | join(', ') -%}
  {%- set label = adapter.quote('actual_or_expected') -%}
  with dbt_internal_unit_test_actual as (
    select {{ column_list }}, {{ dbt.string_literal('actual') }} as {{ label }}
    from (
      {{ main_sql }}
    ) _dbt_internal_unit_test_actual
  ),
  dbt_internal_unit_test_expected as (
    select {{ column_list }}, {{ dbt.string_literal('expected') }} as {{ label }}
    from (
      {{ expected_fixture_sql }}
    ) _dbt_internal_unit_test_expected
  )
  select * from dbt_internal_unit_test_actual
  union all
  select * from dbt_internal_unit_test_expected
{%- endmacro %}
