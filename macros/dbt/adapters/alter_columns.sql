{#- Changing the columns of a table that exists: types, additions, removals. -#}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
  {{ return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) }}
{% endmacro %}

{#- Through a second column, which every database can do: `alter column type` is not portable and refuses some casts.
    The column moves to the end of the table. -#}
{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
  {%- set table = relation.render() -%}
  {%- set old_column = adapter.quote(column_name) -%}
  {%- set new_column = adapter.quote(column_name ~ '__dbt_alter') -%}
  {% call statement('alter_column_type') %}
    alter table {{ table }} add column {{ new_column }} {{ new_column_type }};
    update {{ table }} set {{ new_column }} = {{ old_column }};
    alter table {{ table }} drop column {{ old_column }} cascade;
    alter table {{ table }} rename column {{ new_column }} to {{ old_column }}
  {% endcall %}
{% endmacro %}


{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
  {{ return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) }}
{% endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {% set actions = [] %}
  {% for column in add_columns or [] %}
    {% do actions.append('add column ' ~ column.quoted ~ ' ' ~ column.expanded_data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do actions.append('drop column ' ~ column.quoted) %}
  {% endfor %}
  {% do run_query('alter ' ~ relation.type ~ ' ' ~ relation.render() ~ ' ' ~ actions | join(', ')) %}
{% endmacro %}
