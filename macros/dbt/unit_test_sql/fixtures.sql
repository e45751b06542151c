{#- Rows given in a unit test, as SQL. Inputs (get_fixture_sql) are padded with nulls to all columns of the relation that
    they stand for; expectations (get_expected_sql) hold the given columns only. -#}

{#- Types come from the relation, unless the caller knows them. It must exist then: here or where `--defer` points. -#}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
  {%- set column_name_to_quoted = {} -%}
  {%- if not column_name_to_data_types -%}
    {%- set typed_by = defer_relation if (defer_relation and not load_relation(this)) else this -%}
    {%- set column_name_to_data_types = {} -%}
    {%- for column in adapter.get_columns_in_relation(typed_by) -%}
      {#- names compare without regard to case -#}
      {%- do column_name_to_data_types.update({column.name | lower: column.data_type}) -%}
      {%- do column_name_to_quoted.update({column.name | lower: column.quoted}) -%}
    {%- endfor -%}
  {%- endif -%}

  {%- if not column_name_to_data_types -%}
    {{ exceptions.raise_compiler_error("Not able to get columns for unit test '" ~ model.name ~ "' from relation " ~ this ~ " because the relation doesn't exist") }}
  {%- endif -%}

  {%- set all_null = {} -%}
  {%- for name, data_type in column_name_to_data_types.items() -%}
    {%- do all_null.update({name: safe_cast('null', data_type) | trim}) -%}
  {%- endfor -%}

  {{ validate_fixture_rows(rows, row_number) }}

  {%- set selects = [] -%}
  {%- for row in rows -%}
    {%- set values = all_null.copy() -%}
    {%- do values.update(format_row(row, column_name_to_data_types)) -%}
    {%- do selects.append(meshbuild_fixture_select_sql(values, column_name_to_quoted)) -%}
  {%- endfor -%}
  {%- if selects -%}
    {{ selects | join('\nunion all\n') }}
  {%- else -%}
    {{ meshbuild_fixture_select_sql(all_null, column_name_to_quoted) }}
    limit 0
  {%- endif -%}
{% endmacro %}


{#- Without rows the types are those of the actual result, the only other part of get_unit_test_sql's query. -#}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
  {%- set selects = [] -%}
  {%- for row in rows -%}
    {%- do selects.append(meshbuild_fixture_select_sql(format_row(row, column_name_to_data_types), column_name_to_quoted)) -%}
  {%- endfor -%}
  {{ selects | join('\nunion all\n') if selects else 'select * from dbt_internal_unit_test_actual limit 0' }}
{% endmacro %}


{#- One row as a select of literals. -#}
{% macro meshbuild_fixture_select_sql(values, quoted_names) -%}
  {%- set columns = [] -%}
  {%- for name, value in values.items() -%}
    {%- do columns.append(value ~ ' as ' ~ quoted_names.get(name, name)) -%}
  {%- endfor -%}
  select {{ columns | join(', ') }}
{%- endmacro %}


{#- One row's values as SQL, each cast to its column's type. A name that the relation lacks is the user's mistake. -#}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- set formatted = {} -%}
  {%- for given_name, value in row.items() -%}
    {%- set name = given_name | lower -%}
    {%- if name not in column_name_to_data_types -%}
      {%- set fixture = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
      {{ exceptions.raise_compiler_error(
          "Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ fixture ~ ".\nAccepted columns for "
          ~ fixture ~ " are: " ~ (column_name_to_data_types.keys() | list)
      ) }}
    {%- endif -%}

    {%- set data_type = column_name_to_data_types[name] -%}
    {%- set literal = value -%}
    {%- if value is none -%}
      {%- set literal = 'null' -%}
    {%- elif value is string -%}
      {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
      {#- a cast to varying(n) would cut the value off in silence, and the test would compare the stump -#}
      {%- if 'varying' in data_type -%}
        {%- set data_type = data_type.split('(')[0] -%}
      {%- endif -%}
    {%- endif -%}
    {%- do formatted.update({name: safe_cast(literal, data_type)}) -%}
  {%- endfor -%}
  {{ return(formatted) }}
{%- endmacro %}


{#- For adapters that must look at the rows before they are rendered. -#}
{% macro validate_fixture_rows(rows, row_number) -%}
  {{ return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) }}
{%- endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
