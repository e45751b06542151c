{% macro snapshot_nearly_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% do return(snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists)) %}
{% endmacro %}

{% test dbt_utils_like(model, column) %}
  select * from {{ model }} where {{ column }} is null
{% endtest %}

{#- a project's own create_table_as must act, and be asked for the table that is built -#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) %}
  {%- if 'own' in model.tags -%}
    create table {{ relation }} as (select 'own' as made_by, * from ({{ compiled_code }}));
  {%- else -%}
    {{ dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, partitioned_by, sorted_by) }}
  {%- endif -%}
{% endmacro %}

{% macro forms() %}
  {% set rel = api.Relation.create(database='warehouse', schema='main', identifier='rows', type='table') %}
  {{ print(check_schema_exists(rel.information_schema(), 'main').rows[0][0]) }}
  {{ print(list_schemas('warehouse').rows | length) }}
  {% do create_schema(api.Relation.create(database='warehouse', schema='made')) %}
  {% do run_query('create table made.copied as select * from ' ~ rel) %}
  {% do alter_column_type(rel.incorporate(path={'schema': 'made', 'identifier': 'copied'}), 'id', 'varchar') %}
  {% do drop_schema_named('failures') %}
  {% do adapter.commit() %}
{% endmacro %}
