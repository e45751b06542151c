{#- The snapshot materialization. The first run builds the table; every later run stages what changed and merges it. -#}

{% materialization snapshot, default %}
  {%- set target_relation_exists, target_relation = get_or_create_relation(
      database=model.database,
      schema=model.schema,
      identifier=model.get('alias', model.get('name')),
      type='table') -%}
  {%- if not target_relation.is_table -%}
    {% do exceptions.relation_wrong_type(target_relation, 'table') %}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {#- model['config'] only fills a parameter that custom strategies still declare -#}
  {% set strategy_macro = strategy_dispatch(config.get('strategy')) %}
  {% set strategy = strategy_macro(model, 'snapshotted_data', 'source_data', model['config'], target_relation_exists) %}

  {% if target_relation_exists %}
    {{ adapter.assert_valid_snapshot_target_given_strategy(target_relation, meshbuild_snapshot_columns(), strategy) }}

    {% set typed_query = snapshot_staging_table(strategy, sql, target_relation) %}
    {% set staging_table = build_snapshot_staging_table(strategy, sql, target_relation) %}
    {% do adapter.expand_target_column_types(from_relation=staging_table, to_relation=target_relation) %}

    {#- columns that the query has gained are added; those that it has lost stay, and are null from now on -#}
    {% set internal_columns = meshbuild_snapshot_internal_columns(strategy.unique_key) %}
    {% do create_columns(target_relation, adapter.get_missing_columns(staging_table, target_relation)
        | rejectattr('name', 'in', internal_columns) | list) %}

    {% set inserted_columns = [] %}
    {% for column in adapter.get_columns_in_relation(staging_table) if column.name not in internal_columns %}
      {% do inserted_columns.append(adapter.quote(column.name)) %}
    {% endfor %}
    {% set build_sql = snapshot_merge_sql(
        target=target_relation, source=staging_table, insert_cols=inserted_columns) %}
  {% else %}
    {% set typed_query = build_snapshot_table(strategy, model['compiled_code']) %}
    {% set build_sql = create_table_as(False, target_relation, typed_query) %}
  {% endif %}

  {{ check_time_data_types(typed_query) }}
  {% call statement('main') %}
    {{ build_sql }}
  {% endcall %}

  {% do apply_grants(
      target_relation, config.get('grants'),
      should_revoke=should_revoke(target_relation_exists, full_refresh_mode=False)) %}
  {% do persist_docs(target_relation, model) %}
  {% if not target_relation_exists %}
    {% do create_indexes(target_relation) %}
  {% endif %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}

  {% if target_relation_exists %}
    {% do post_snapshot(staging_table) %}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- The names of the columns that a snapshot adds, by their usual names; the config snapshot_meta_column_names renames. -#}
{% macro meshbuild_snapshot_columns() %}
  {{ return(config.get('snapshot_table_column_names') or get_snapshot_table_column_names()) }}
{% endmacro %}

{% macro get_snapshot_table_column_names() %}
  {{ return({
      'dbt_valid_from': 'dbt_valid_from',
      'dbt_valid_to': 'dbt_valid_to',
      'dbt_scd_id': 'dbt_scd_id',
      'dbt_updated_at': 'dbt_updated_at',
      'dbt_is_deleted': 'dbt_is_deleted'
  }) }}
{% endmacro %}

{#- Columns of the staging table that are no part of the snapshot, as databases that fold either way spell them. -#}
{% macro meshbuild_snapshot_internal_columns(unique_key) %}
  {% set names = ['dbt_change_type', 'dbt_unique_key'] %}
  {% if unique_key | is_list %}
    {% for key in unique_key %}
      {% do names.append('dbt_unique_key_' ~ loop.index) %}
    {% endfor %}
  {% endif %}
  {{ return(names + (names | map('upper') | list)) }}
{% endmacro %}
