{#- The incremental materialization for an adapter that has none of its own. -#}

{% materialization incremental, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set temp_relation = make_temp_relation(target_relation) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(
      target_relation, 'table' if existing_relation is none else existing_relation.type) -%}

  {#- a view cannot be added to -#}
  {%- set rebuild = existing_relation is none or existing_relation.is_view or should_full_refresh() -%}
  {%- set swap = rebuild and existing_relation is not none -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}

  {{ meshbuild_drop_leftover_relations([intermediate_relation, backup_relation]) }}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {#- looked up on every run, so that an unknown strategy fails on the first -#}
  {% set strategy_macro = adapter.get_incremental_strategy_macro(
      context, config.get('incremental_strategy') or 'default') %}

  {% if rebuild %}
    {% set built_relation = intermediate_relation if swap else target_relation %}
    {% set build_sql = get_create_table_as_sql(False, built_relation, sql) %}
  {% else %}
    {% do run_query(get_create_table_as_sql(True, temp_relation, sql)) %}
    {#- a contract fixes the types -#}
    {% if not config.get('contract').enforced %}
      {% do adapter.expand_target_column_types(from_relation=temp_relation, to_relation=target_relation) %}
    {% endif %}
    {% set build_sql = strategy_macro(
        meshbuild_incremental_strategy_arguments(on_schema_change, temp_relation, existing_relation, target_relation)) %}
  {% endif %}

  {% call statement('main') %}
    {{ build_sql }}
  {% endcall %}

  {% if rebuild %}
    {% do create_indexes(built_relation) %}
  {% endif %}
  {% if swap %}
    {% do adapter.rename_relation(target_relation, backup_relation) %}
    {% do adapter.rename_relation(intermediate_relation, target_relation) %}
  {% endif %}

  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, rebuild)) %}
  {% do persist_docs(target_relation, model) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}

  {% if swap %}
    {% do adapter.drop_relation(backup_relation) %}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- What every get_incremental_<strategy>_sql macro is called with. Adapts the target's columns first, where
    on_schema_change asks for it; then the new rows decide which columns are written, else the target does. -#}
{% macro meshbuild_incremental_strategy_arguments(on_schema_change, temp_relation, existing_relation, target_relation) %}
  {% set dest_columns = process_schema_changes(on_schema_change, temp_relation, existing_relation)
      or adapter.get_columns_in_relation(existing_relation) %}
  {{ return({
      'target_relation': target_relation,
      'temp_relation': temp_relation,
      'unique_key': config.get('unique_key'),
      'dest_columns': dest_columns,
      'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
  }) }}
{% endmacro %}


{#- For models: whether this run adds to a table that exists. False while parsing, when nothing may be asked. -#}
{% macro is_incremental() %}
  {% if not execute %}
    {{ return(False) }}
  {% endif %}
  {% set existing_relation = adapter.get_relation(this.database, this.schema, this.table) %}
  {{ return(
      existing_relation is not none
      and existing_relation.type == 'table'
      and model.config.materialized == 'incremental'
      and not should_full_refresh()
  ) }}
{% endmacro %}
