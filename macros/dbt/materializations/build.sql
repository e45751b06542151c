{#- What the materializations share: clearing left-overs, and the choice between one statement and a swap. -#}

{#- Relations that only a run that was cut short leaves behind; their names are needed again. -#}
{% macro meshbuild_drop_leftover_relations(relations) %}
  {% for relation in relations %}
    {{ drop_relation_if_exists(load_cached_relation(relation)) }}
  {% endfor %}
{% endmacro %}


{#- Whether one statement in a transaction of its own would do for this node, as far as config, hooks and the existing
    relation tell: nothing that must share a transaction with the build, nothing that the statement could not replace.
    `hooks` are all of the node's. An adapter says yes only where the effect is that of building aside and swapping. -#}
{% macro meshbuild_one_statement_suffices(target_relation, existing_relation, hooks) %}
  {{ return(adapter.dispatch('meshbuild_one_statement_suffices', 'dbt')(target_relation, existing_relation, hooks)) }}
{% endmacro %}

{% macro default__meshbuild_one_statement_suffices(target_relation, existing_relation, hooks) %}
  {{ return(false) }}
{% endmacro %}


{#- That statement, given what the create macros wrote for the target; an empty string when they wrote anything but the
    plain statement of this library. A project may override them, and what it writes runs in a transaction, as ever. -#}
{% macro meshbuild_get_one_statement_sql(create_sql, target_relation, existing_relation, compiled_code) %}
  {{ return(adapter.dispatch('meshbuild_get_one_statement_sql', 'dbt')(
      create_sql, target_relation, existing_relation, compiled_code)) }}
{% endmacro %}

{% macro default__meshbuild_get_one_statement_sql(create_sql, target_relation, existing_relation, compiled_code) %}
  {{ return('') }}
{% endmacro %}
