{#- The catalog query behind `docs generate`: every column of every relation, by schemas or by relations. -#}

{% macro duckdb__get_catalog(information_schema, schemas) -%}
  {{ return(run_query(duckdb__catalog_query(
      information_schema, duckdb__get_catalog_schemas_where_clause_sql(schemas)))) }}
{%- endmacro %}

{% macro duckdb__get_catalog_relations(information_schema, relations) -%}
  {{ return(run_query(duckdb__catalog_query(
      information_schema, duckdb__get_catalog_relations_where_clause_sql(relations)))) }}
{%- endmacro %}

{% macro duckdb__catalog_query(information_schema, where_clause) -%}
  with tables as (
    {{ duckdb__get_catalog_tables_sql(information_schema) }}
    {{ where_clause }}
  ),
  columns as (
    {{ duckdb__get_catalog_columns_sql(information_schema) }}
    {{ where_clause }}
  )
  {{ duckdb__get_catalog_results_sql() }}
{%- endmacro %}


{#- Sub-queries, so that a where clause of the caller's may follow. -#}
{% macro duckdb__get_catalog_tables_sql(information_schema) -%}
  {%- set in_database = "where upper(database_name) = upper('" ~ information_schema.database ~ "')" -%}
  select *
  from (
    select
      database_name as table_database,
      schema_name as table_schema,
      table_name,
      'BASE TABLE' as table_type,
      comment as table_comment
    from duckdb_tables()
    {{ in_database }}
    union all
    select database_name, schema_name, view_name, 'VIEW', comment
    from duckdb_views()
    {{ in_database }}
  ) as catalog_relations
{%- endmacro %}

{% macro duckdb__get_catalog_columns_sql(information_schema) -%}
  select *
  from (
    select
      database_name as table_database,
      schema_name as table_schema,
      table_name,
      column_name,
      column_index,
      data_type as column_type,
      comment as column_comment
    from duckdb_columns()
    where upper(database_name) = upper('{{ information_schema.database }}')
  ) as catalog_columns
{%- endmacro %}

{% macro duckdb__get_catalog_results_sql() -%}
  select
    tables.table_database,
    tables.table_schema,
    tables.table_name,
    tables.table_type,
    tables.table_comment,
    columns.column_name,
    columns.column_index,
    columns.column_type,
    columns.column_comment,
    null as table_owner
  from tables
  join columns using (table_database, table_schema, table_name)
  order by table_schema, table_name, column_index
{%- endmacro %}


{#- An empty list asks for nothing, not for everything. -#}
{% macro duckdb__get_catalog_schemas_where_clause_sql(schemas) -%}
  {%- set conditions = [] -%}
  {%- for schema in schemas -%}
    {%- do conditions.append("upper(table_schema) = upper('" ~ schema ~ "')") -%}
  {%- endfor -%}
  where {{ '(' ~ conditions | join(' or ') ~ ')' if conditions else '1 = 0' }}
{%- endmacro %}

{% macro duckdb__get_catalog_relations_where_clause_sql(relations) -%}
  {%- set conditions = [] -%}
  {%- for relation in relations -%}
    {%- if not relation.schema -%}
      {% do exceptions.raise_compiler_error(
          '`get_catalog_relations` requires a list of relations, each with a schema') %}
    {%- endif -%}
    {%- set condition = "upper(table_schema) = upper('" ~ relation.schema ~ "')" -%}
    {%- if relation.identifier -%}
      {%- set condition = condition ~ " and upper(table_name) = upper('" ~ relation.identifier ~ "')" -%}
    {%- endif -%}
    {%- do conditions.append('(' ~ condition ~ ')') -%}
  {%- endfor -%}
  where {{ '(' ~ conditions | join(' or ') ~ ')' if conditions else '1 = 0' }}
{%- endmacro %}
