{#- `create table as` and `create view as`, with contracts, and with the physical layout that DuckLake tables can have. -#}

{#- The plain statement. The query stands on lines of its own because it may end in a line comment. -#}
{% macro duckdb__create_as_sql(kind, relation, compiled_code) -%}
  create {{ kind }} {{ relation }} as (
    {{ compiled_code }}
  );
{%- endmacro %}


{#- dbt's macro of this name, with the two arguments for DuckLake added. -#}
{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {{ return(adapter.dispatch('create_table_as', 'dbt')(
      temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by)) }}
{%- endmacro %}

{#- Constraints, and a layout, have to be on the table before its rows are: then create and insert are two statements. -#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {%- if language == 'python' -%}
    {{ return(py_write_table(
        temporary=temporary, relation=relation, compiled_code=compiled_code,
        partitioned_by=partitioned_by, sorted_by=sorted_by)) }}
  {%- elif language != 'sql' -%}
    {% do exceptions.raise_compiler_error(
        "duckdb__create_table_as macro didn't get supported language, it got " ~ language) %}
  {%- endif -%}

  {%- set contract_enforced = config.get('contract').enforced -%}
  {%- set table = relation.include(database=(not temporary), schema=(not temporary)) -%}
  {%- set kind = 'temporary table' if temporary else 'table' -%}
  {%- if contract_enforced -%}
    {{ get_assert_columns_equivalent(compiled_code) }}
  {%- endif -%}

  {{ config.get('sql_header', none) or '' }}
  {% if contract_enforced and not temporary %}
    create table {{ table }}
    {{ get_table_columns_and_constraints() }};
    {{ duckdb__alter_table_layout(relation, partitioned_by, sorted_by) }}
    insert into {{ relation }} {{ get_column_names() }} (
      {{ get_select_subquery(compiled_code) }}
    );
  {% elif partitioned_by or sorted_by %}
    create {{ kind }} {{ table }} as (
      select * from (
        {{ compiled_code }}
      ) as model_subq
      limit 0
    );
    {{ duckdb__alter_table_layout(relation, partitioned_by, sorted_by) }}
    insert into {{ relation }}
      select * from (
        {{ compiled_code }}
      ) as model_subq;
  {% else %}
    {{ duckdb__create_as_sql(kind, table, compiled_code) }}
  {% endif %}
{% endmacro %}

{#- The declared columns in parentheses, as an insert names them. -#}
{% macro get_column_names() %}
  {%- set names = [] -%}
  {%- for column in model['columns'].values() -%}
    {%- do names.append(adapter.quote(column['name']) if column.get('quote') else column['name']) -%}
  {%- endfor -%}
  ({{ names | join(', ') }})
{% endmacro %}


{% macro duckdb__create_view_as(relation, sql) -%}
  {%- if config.get('contract').enforced -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif -%}
  {{ config.get('sql_header', none) or '' }}
  {{ duckdb__create_as_sql('view', relation, sql) }}
{% endmacro %}
