{#- What columns a relation or a query has. -#}

{% macro get_columns_in_relation(relation) -%}
  {{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) }}
{% endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
  {{ exceptions.raise_not_implemented(
      'get_columns_in_relation macro not implemented for adapter ' ~ adapter.type()) }}
{% endmacro %}

{#- For adapters: rows of (name, type, character length, precision, scale) become Column objects. -#}
{% macro sql_convert_columns_in_relation(table) -%}
  {% set converted = [] %}
  {% for row in table %}
    {% do converted.append(api.Column(*row)) %}
  {% endfor %}
  {{ return(converted) }}
{% endmacro %}

{% macro get_list_of_column_names(columns) -%}
  {{ return(columns | map(attribute='name') | list) }}
{% endmacro %}


{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {{ return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) }}
{% endmacro %}

{#- A query with the columns of `select_sql` that scans no data. The sub-query closes on a line of its own because
    the given SQL may end in a line comment. -#}
{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
  {%- if select_sql_header is not none -%}
    {{ select_sql_header }}
  {%- endif %}
  select * from (
    {{ select_sql }}
  ) as __dbt_sbq
  where false
  limit 0
{% endmacro %}


{% macro get_empty_schema_sql(columns) -%}
  {{ return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) }}
{% endmacro %}

{#- A query whose columns are those declared in a model's properties: nulls cast to the declared types. -#}
{% macro default__get_empty_schema_sql(columns) %}
  {%- set untyped = [] -%}
  {%- set naked_numeric = [] -%}
  select
  {% for key in columns %}
    {%- set column = columns[key] -%}
    {%- if column['data_type'] is not defined -%}
      {%- do untyped.append(column['name']) -%}
    {%- elif column['data_type'].strip().lower() in ('numeric', 'decimal', 'number') -%}
      {%- do naked_numeric.append(column['name']) -%}
    {%- endif %}
    {{ cast('null', column['data_type']) }} as {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }}
    {{- ", " if not loop.last }}
  {%- endfor -%}
  {%- if untyped -%}
    {{ exceptions.column_type_missing(column_names=untyped) }}
  {%- elif naked_numeric -%}
    {{ exceptions.warn("Detected columns with numeric type and unspecified precision/scale, this can lead to unintended rounding: " ~ naked_numeric ~ "`") }}
  {%- endif -%}
{% endmacro %}


{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
  {% set empty_query = get_empty_subquery_sql(select_sql, select_sql_header) %}
  {{ return(adapter.get_column_schema_from_query(empty_query)) }}
{% endmacro %}


{% macro get_columns_in_query(select_sql) -%}
  {{ return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) }}
{% endmacro %}

{% macro default__get_columns_in_query(select_sql) %}
  {% call statement('get_columns_in_query', fetch_result=True, auto_begin=False) -%}
    {{ get_empty_subquery_sql(select_sql) }}
  {%- endcall %}
  {{ return(load_result('get_columns_in_query').table.columns | map(attribute='name') | list) }}
{% endmacro %}
