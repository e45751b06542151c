{#- The four generic tests that every project has. Each hands on to a dispatched macro of the same name, so that an
    adapter or a project can give other SQL. -#}

{% test unique(model, column_name) %}
  {% set implementation = adapter.dispatch('test_unique', 'dbt') %}
  {{ implementation(model, column_name) }}
{% endtest %}

{% test not_null(model, column_name) %}
  {% set implementation = adapter.dispatch('test_not_null', 'dbt') %}
  {{ implementation(model, column_name) }}
{% endtest %}

{% test accepted_values(model, column_name, values, quote=True) %}
  {% set implementation = adapter.dispatch('test_accepted_values', 'dbt') %}
  {{ implementation(model, column_name, values, quote) }}
{% endtest %}

{% test relationships(model, column_name, to, field) %}
  {% set implementation = adapter.dispatch('test_relationships', 'dbt') %}
  {{ implementation(model, column_name, to, field) }}
{% endtest %}
