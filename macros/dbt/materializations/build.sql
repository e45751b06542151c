{#- What the materializations share: clearing left-overs, and the choice between one statement and a swap. -#}

{#- Relations that only a run that was cut short leaves behind; their names are needed again. -#}
{% macro drop_leftover_relations(relations) %}
  {% for relation in relations %}
    {{ drop_relation_if_exists(load_cached_relation(relation)) }}
  {% endfor %}
{% endmacro %}


{#- Whether one statement in a transaction of its own would do for this node, as far as config, hooks and the existing
    relation tell: nothing that must share a transaction with the build, nothing that the statement could not replace.
    `hooks` are all of the node's. An adapter says yes only where the effect is that of building aside and swapping. -#}
{% macro one_statement_suffices(target_relation, existing_relation, hooks) %}
  {{ return(adapter.dispatch('one_statement_suffices', 'dbt')(target_relation, existing_relation, hooks)) }}
{% endmacro %}

{% macro default__one_statement_suffices(target_relation, existing_relation, hooks) %}
  {{ return(false) }}
{% endmacro %}


{#- The create statement, turned into `create or replace` where something stands; an empty string when `create_sql` is
    not the plain statement that this library writes. A project may override the create macros, and what it writes
    instead is never touched: it runs in a transaction, as ever. -#}
{% macro as_one_statement(create_sql, target_relation, existing_relation) %}
  {% set statement_sql = create_sql | trim %}
  {% set opening = 'create ' ~ target_relation.type ~ ' ' ~ target_relation.render() ~ ' ' %}
  {% if not statement_sql.startswith(opening) %}
    {{ return('') }}
  {% endif %}
  {{ return(statement_sql if existing_relation is none else 'create or replace' ~ statement_sql[6:]) }}
{% endmacro %}
