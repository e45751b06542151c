{#- The view materialization: in one statement where nothing else has to happen with it, else built aside and swapped in. -#}

{% materialization view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(
      target_relation, 'view' if existing_relation is none else existing_relation.type) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ meshbuild_drop_leftover_relations([intermediate_relation, backup_relation]) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- set one_statement = '' -%}
  {% if meshbuild_one_statement_suffices(target_relation, existing_relation, pre_hooks + post_hooks) %}
    {%- set one_statement = meshbuild_get_one_statement_sql(
        get_create_view_as_sql(target_relation, sql), target_relation, existing_relation, sql) -%}
  {% endif %}

  {% if one_statement %}
    {% call statement('main', auto_begin=False) -%}
      {{ one_statement }}
    {%- endcall %}
  {% else %}
    {% call statement('main') -%}
      {{ get_create_view_as_sql(intermediate_relation, sql) }}
    {%- endcall %}

    {#- asked again, because a pre-hook may have dropped it -#}
    {% set replaced_relation = load_cached_relation(this) if existing_relation is not none else none %}
    {% if replaced_relation is not none %}
      {{ adapter.rename_relation(replaced_relation, backup_relation) }}
    {% endif %}
    {{ adapter.rename_relation(intermediate_relation, target_relation) }}
  {% endif %}

  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
  {% do persist_docs(target_relation, model) %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}

  {#- outside of the transaction: whatever goes wrong from here on, the new view stands -#}
  {% if not one_statement %}
    {{ drop_relation_if_exists(backup_relation) }}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
