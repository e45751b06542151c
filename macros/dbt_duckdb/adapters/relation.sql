{#- Relations: which there are, their columns, dropping, renaming, and names for temporary ones. -#}

{% macro duckdb__list_relations_without_caching(schema_relation) %}
  {% call statement('list_relations_without_caching', fetch_result=True) -%}
    select
      '{{ schema_relation.database }}' as database,
      table_name as name,
      table_schema as schema,
      case table_type
        when 'BASE TABLE' then 'table'
        when 'LOCAL TEMPORARY' then 'table'
        when 'VIEW' then 'view'
      end as type
    from system.information_schema.tables
    where lower(table_catalog) = '{{ schema_relation.database | lower }}'
      and lower(table_schema) = '{{ schema_relation.schema | lower }}'
  {%- endcall %}
  {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}


{#- DESCRIBE looks at this relation only: information_schema.columns would load the catalog of every attached database.
    Precision and scale are part of DuckDB's type names, hence the nulls. -#}
{% macro duckdb__get_columns_in_relation(relation) -%}
  {% call statement('get_columns_in_relation', fetch_result=True) %}
    select
      column_name,
      column_type as data_type,
      cast(null as bigint) as character_maximum_length,
      cast(null as bigint) as numeric_precision,
      cast(null as bigint) as numeric_scale
    from (describe {{ relation.render() }})
  {% endcall %}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{% endmacro %}


{#- DuckLake does not know `cascade`. -#}
{% macro duckdb__drop_relation(relation) -%}
  {% call statement('drop_relation', auto_begin=False) -%}
    drop {{ relation.type }} if exists {{ relation }} {{ 'cascade' if not adapter.is_ducklake(relation) }}
  {%- endcall %}
{% endmacro %}

{% macro duckdb__rename_relation(from_relation, to_relation) -%}
  {% call statement('rename_relation') -%}
    alter {{ to_relation.type }} {{ from_relation }}
    rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }}
  {%- endcall %}
{% endmacro %}


{#- A temporary table belongs to its connection and has neither database nor schema. The time in its name keeps apart two
    builds of one model on one connection. -#}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
  {% do return(base_relation.incorporate(path={
      'database': none,
      'schema': none,
      'identifier': base_relation.identifier ~ suffix ~ py_current_timestring()
  })) %}
{% endmacro %}

{#- Where the new rows of an incremental model or a snapshot wait: {relation, temporary}. MotherDuck has no temporary
    tables on its side, so there it is a table in a schema for such, and the caller drops it. -#}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') %}
  {% if not adapter.is_motherduck() %}
    {% do return({'relation': make_temp_relation(target_relation), 'temporary': true}) %}
  {% endif %}

  {% set staging_relation = target_relation.incorporate(
      path=adapter.get_temp_relation_path(target_relation, batch_id)) %}
  {% do run_query(create_schema(staging_relation)) %}
  {% if not adapter.disable_transactions() %}
    {% do adapter.commit() %}
  {% endif %}
  {% do return({'relation': staging_relation, 'temporary': false}) %}
{% endmacro %}
