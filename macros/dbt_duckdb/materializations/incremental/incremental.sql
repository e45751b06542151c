{#- DuckDB's incremental materialization: a build like a table's when there is nothing to add to, else the new rows into
    a temporary table and from there into the target by the strategy's SQL. -#}

{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(
      target_relation, 'table' if existing_relation is none else existing_relation.type) -%}

  {%- set full_refresh_mode = should_full_refresh() or existing_relation.is_view -%}
  {%- set rebuild = existing_relation is none or full_refresh_mode -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) if rebuild else none -%}
  {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) if rebuild else none -%}

  {{ meshbuild_drop_leftover_relations([intermediate_relation, backup_relation]) }}
  {#- batches of one model have staging tables of their own -#}
  {%- set staging = duckdb__dispatch_temporary_relation(target_relation, adapter.batch_id_for_model(model)) -%}
  {%- set to_drop = [] if staging.temporary else [staging.relation] -%}
  {%- set dropped_dependents = [] -%}
  {%- set swap = false -%}
  {%- set one_statement = '' -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {% if rebuild %}
    {% if language == 'sql' and meshbuild_one_statement_suffices(target_relation, existing_relation, pre_hooks + post_hooks) %}
      {% set one_statement = meshbuild_get_one_statement_sql(
          create_table_as(False, target_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by),
          target_relation, existing_relation, compiled_code) %}
    {% endif %}
    {% if one_statement %}
      {% set build_sql = one_statement %}
    {% else %}
      {% if existing_relation is not none %}
        {% set swap = not has_foreign_key_constraints(existing_relation) %}
        {% if not swap %}
          {% set dropped_dependents = drop_relation_for_rebuild(existing_relation) %}
        {% endif %}
      {% endif %}
      {% set build_sql = create_table_as(
          False, intermediate_relation if swap else target_relation, compiled_code, language,
          partitioned_by=partitioned_by, sorted_by=sorted_by) %}
    {% endif %}
  {% else %}
    {% set staging_sql = create_table_as(
        staging.temporary, staging.relation, compiled_code, language, partitioned_by=none, sorted_by=none) %}
    {% if language == 'python' %}
      {% call statement('pre', language=language) %}
        {{- staging_sql }}
      {% endcall %}
    {% else %}
      {% do run_query(staging_sql) %}
    {% endif %}
    {% do adapter.expand_target_column_types(from_relation=staging.relation, to_relation=target_relation) %}

    {% set strategy_arguments = meshbuild_incremental_strategy_arguments(
        on_schema_change, staging.relation, existing_relation, target_relation) %}
    {#- looked up here and not before, so that the first build of a model with an unknown strategy passes, as in dbt -#}
    {% set strategy_macro = adapter.get_incremental_strategy_macro(
        context, config.get('incremental_strategy') or 'default') %}
    {% set build_sql = strategy_macro(strategy_arguments) %}
    {% set language = 'sql' %}
  {% endif %}

  {#- setting a layout ends DuckLake's transaction -#}
  {%- set begin = not one_statement and not ((partitioned_by or sorted_by) and adapter.is_ducklake(target_relation)) -%}
  {% call statement('main', language=language, auto_begin=begin) %}
    {{- build_sql }}
  {% endcall %}

  {% if swap %}
    {% set dropped_dependents = duckdb__swap_relations(
        existing_relation, backup_relation, intermediate_relation, target_relation) %}
    {% do to_drop.append(backup_relation) %}
  {% endif %}
  {% do restore_foreign_key_dependents(dropped_dependents) %}

  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode)) %}
  {% if rebuild %}
    {% do create_indexes(target_relation) %}
  {% endif %}
  {% do persist_docs(target_relation, model) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}

  {% for relation in to_drop %}
    {% if not adapter.is_motherduck() %}
      {% do drop_indexes_on_relation(relation) %}
    {% endif %}
    {% do adapter.drop_relation(relation) %}
  {% endfor %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- What a model gets that names no strategy. -#}
{% macro duckdb__get_incremental_default_sql(arg_dict) %}
  {% do return(get_incremental_delete_insert_sql(arg_dict)) %}
{% endmacro %}
