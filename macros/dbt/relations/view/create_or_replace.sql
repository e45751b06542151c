{#- A whole view materialization for databases where `create or replace view` is atomic. Not used for DuckDB, whose
    view materialization is materializations/view/view.sql; projects and packages may call it. -#}

{% macro create_or_replace_view() %}
  {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
  {%- set was_view = old_relation is not none and old_relation.is_view -%}
  {%- set target_relation = api.Relation.create(
      database=database, schema=schema, identifier=model['alias'], type='view') -%}

  {{ run_hooks(pre_hooks) }}

  {%- if old_relation is not none and old_relation.is_table -%}
    {{ handle_existing_table(should_full_refresh(), old_relation) }}
  {%- endif -%}

  {% call statement('main') -%}
    {{ get_create_view_as_sql(target_relation, sql) }}
  {%- endcall %}

  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(was_view, full_refresh_mode=True)) %}

  {{ run_hooks(post_hooks) }}

  {{ return({'relations': [target_relation]}) }}
{% endmacro %}


{#- A table in the view's place. -#}
{% macro handle_existing_table(full_refresh, old_relation) %}
  {{ adapter.dispatch('handle_existing_table', 'dbt')(full_refresh, old_relation) }}
{% endmacro %}

{% macro default__handle_existing_table(full_refresh, old_relation) %}
  {{ log("Dropping relation " ~ old_relation.render() ~ " because it is of type " ~ old_relation.type) }}
  {{ adapter.drop_relation(old_relation) }}
{% endmacro %}
