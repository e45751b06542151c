{#- The steps of the seed materialization. Each runs its statement and returns it, for target/run to show. -#}

{% macro create_csv_table(model, agate_table) -%}
  {{ adapter.dispatch('create_csv_table', 'dbt')(model, agate_table) }}
{%- endmacro %}

{#- The config column_types by column, else the type that the file's values suggest. -#}
{% macro default__create_csv_table(model, agate_table) %}
  {%- set configured_types = model['config'].get('column_types', {}) -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set definitions = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set inferred_type = adapter.convert_type(agate_table, loop.index0) -%}
    {%- do definitions.append(
        adapter.quote_seed_column(name | string, quote_columns) ~ ' ' ~ configured_types.get(name, inferred_type)) -%}
  {%- endfor -%}
  {%- set create_sql = 'create table ' ~ this.render() ~ ' (' ~ definitions | join(', ') ~ ')' -%}

  {% call statement('_') -%}
    {{ create_sql }}
  {%- endcall %}
  {{ return(create_sql) }}
{% endmacro %}


{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {{ adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table) }}
{%- endmacro %}

{#- The table stays when only its rows are new, so a file with other columns needs a full refresh. -#}
{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {% if full_refresh %}
    {{ adapter.drop_relation(old_relation) }}
    {{ return(create_csv_table(model, agate_table)) }}
  {% endif %}
  {{ adapter.truncate_relation(old_relation) }}
  {{ return('truncate table ' ~ old_relation.render()) }}
{% endmacro %}


{% macro load_csv_rows(model, agate_table) -%}
  {{ adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table) }}
{%- endmacro %}

{% macro default__load_csv_rows(model, agate_table) %}
  {{ return(meshbuild_insert_seed_rows(model, agate_table)) }}
{% endmacro %}

{#- Inserts of many rows with bound values; returns the first statement. -#}
{% macro meshbuild_insert_seed_rows(model, agate_table) %}
  {%- set column_list = get_seed_column_quoted_csv(model, agate_table.column_names) -%}
  {%- set placeholders = [get_binding_char()] * (agate_table.column_names | length) -%}
  {%- set row_sql = '(' ~ placeholders | join(',') ~ ')' -%}
  {%- set statements = [] -%}
  {% for batch_rows in agate_table.rows | batch(get_batch_size()) %}
    {%- set bindings = [] -%}
    {%- for row in batch_rows -%}
      {%- do bindings.extend(row) -%}
    {%- endfor -%}
    {%- set insert_sql = 'insert into ' ~ this.render() ~ ' (' ~ column_list ~ ') values '
        ~ ([row_sql] * (batch_rows | length)) | join(',') -%}
    {% do adapter.add_query(insert_sql, bindings=bindings, abridge_sql_log=True) %}
    {% if loop.first %}
      {% do statements.append(insert_sql) %}
    {% endif %}
  {% endfor %}
  {{ return(statements[0]) }}
{% endmacro %}


{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {{ adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql) }}
{% endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) %}
    {{ create_or_truncate_sql }};
    -- dbt seed --
    {{ insert_sql }}
{% endmacro %}


{#- How the driver writes a bound value. -#}
{% macro get_binding_char() -%}
  {{ adapter.dispatch('get_binding_char', 'dbt')() }}
{%- endmacro %}

{% macro default__get_binding_char() %}
  {{ return('%s') }}
{% endmacro %}


{#- Rows in one insert. -#}
{% macro get_batch_size() -%}
  {{ return(adapter.dispatch('get_batch_size', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_batch_size() %}
  {{ return(10000) }}
{% endmacro %}


{% macro get_seed_column_quoted_csv(model, column_names) %}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote_seed_column(name, quote_columns)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{% endmacro %}
