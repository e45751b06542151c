{#- Schemas of DuckDB and of the databases that can be attached to it. -#}

{#- SQLite has the schema `main` only; SQLite and MySQL make schemas by other means, if at all. -#}
{% macro duckdb__create_schema(relation) -%}
  {%- set foreign_database = run_query(
      "select type from duckdb_databases() where lower(database_name) = '" ~ relation.database | lower
      ~ "' and type != 'duckdb'") -%}
  {%- set engine = foreign_database.columns[0].values()[0] if foreign_database | length > 0 else 'duckdb' -%}

  {%- if engine == 'sqlite' and relation.schema != 'main' -%}
    {{ exceptions.raise_compiler_error(
        "Schema must be 'main' when writing to sqlite instead got " ~ relation.schema) }}
  {%- endif -%}
  {%- call statement('create_schema') -%}
    {{ 'create schema if not exists ' ~ relation.without_identifier() if engine not in ['sqlite', 'mysql'] }}
  {%- endcall -%}
{% endmacro %}

{% macro duckdb__drop_schema(relation) -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {%- endcall -%}
{% endmacro %}


{#- `system.`: the view of that name that covers all attached databases. -#}
{% macro duckdb__list_schemas(database) -%}
  {% set query %}
    select schema_name
    from system.information_schema.schemata
    {{ "where lower(catalog_name) = '" ~ database | lower ~ "'" if database is not none }}
  {% endset %}
  {{ return(run_query(query)) }}
{% endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) -%}
  {% set query %}
    select count(*)
    from system.information_schema.schemata
    where lower(catalog_name) = '{{ information_schema.database | lower }}'
      and lower(schema_name) = '{{ schema | lower }}'
  {% endset %}
  {{ return(run_query(query)) }}
{% endmacro %}
