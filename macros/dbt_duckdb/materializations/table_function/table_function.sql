{#- The table_function materialization: a DuckDB table macro, that is, a view with parameters. Its query is bound when it
    is called, so columns that its sources gain later are there without another run. -#}

{% materialization table_function, adapter='duckdb' %}
  {%- set target_relation = api.Relation.create(
      database=database, schema=schema, identifier=model['alias'], type='view') -%}
  {#- one name, names with commas between them, or a list -#}
  {%- set parameters = config.get('parameters') or '' -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {% call statement('main') -%}
    create or replace function {{ target_relation.render() }}(
      {{ parameters if parameters is string or parameters is number else parameters | join(', ') }}
    ) as table (
      {{ sql }}
    );
  {%- endcall %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
