{#- DuckDB's table materialization. Three ways to build, from cheap to careful: one statement; in place, for tables with
    foreign keys; aside with a swap. -#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(
      target_relation, 'table' if existing_relation is none else existing_relation.type) -%}
  {%- set dropped_dependents = [] -%}

  {{ meshbuild_drop_leftover_relations([intermediate_relation, backup_relation]) }}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) -%}
  {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) -%}

  {%- set one_statement = '' -%}
  {% if language == 'sql' and meshbuild_one_statement_suffices(target_relation, existing_relation, pre_hooks + post_hooks) %}
    {%- set one_statement = meshbuild_get_one_statement_sql(
        create_table_as(False, target_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by),
        target_relation, existing_relation, compiled_code) -%}
  {% endif %}
  {%- set swap = not one_statement and not has_foreign_key_constraints(existing_relation) -%}

  {% if one_statement %}
    {% call statement('main', auto_begin=False) -%}
      {{ one_statement }}
    {%- endcall %}
  {% else %}
    {% if not swap and existing_relation is not none %}
      {% set dropped_dependents = drop_relation_for_rebuild(existing_relation) %}
    {% endif %}
    {% set built_relation = intermediate_relation if swap else target_relation %}
    {% call statement('main', language=language) -%}
      {{- create_table_as(False, built_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) }}
    {%- endcall %}
    {% if swap %}
      {% set dropped_dependents = duckdb__swap_relations(
          existing_relation, backup_relation, intermediate_relation, target_relation) %}
    {% endif %}
    {% do restore_foreign_key_dependents(dropped_dependents) %}
  {% endif %}

  {% do create_indexes(target_relation) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}

  {#- DuckLake before DuckDB 1.5.3: comments conflict with the transaction, and a rename loses the layout -#}
  {%- set after_commit_only = adapter.use_ducklake_table_workarounds(target_relation) -%}
  {% if not after_commit_only %}
    {% do persist_docs(target_relation, model) %}
  {% endif %}
  {{ adapter.commit() }}
  {% if after_commit_only %}
    {% if partitioned_by or sorted_by %}
      {% call statement('reassert_layout', auto_begin=False) -%}
        {{ duckdb__alter_table_layout(target_relation, partitioned_by, sorted_by) }}
      {%- endcall %}
    {% endif %}
    {% do persist_docs(target_relation, model) %}
  {% endif %}

  {% if swap %}
    {{ drop_relation_if_exists(backup_relation) }}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- Moves what exists to the backup's name and the new table into its place. Returns the tables that had to go because
    their foreign keys refer to it. -#}
{% macro duckdb__swap_relations(existing_relation, backup_relation, intermediate_relation, target_relation) %}
  {% set dropped_dependents = [] %}
  {% if existing_relation is not none %}
    {% do drop_indexes_on_relation(existing_relation) %}
    {% if existing_relation.is_table and may_be_foreign_key_target(existing_relation) %}
      {% set dropped_dependents = drop_foreign_key_dependents(existing_relation) %}
    {% endif %}
    {{ adapter.rename_relation(existing_relation, backup_relation) }}
  {% endif %}
  {{ adapter.rename_relation(intermediate_relation, target_relation) }}
  {{ return(dropped_dependents) }}
{% endmacro %}
