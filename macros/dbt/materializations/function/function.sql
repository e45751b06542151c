{#- The materialization of user-defined functions: one create statement, chosen by kind and language. -#}

{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
  {% set existing_relation = load_cached_relation(this) %}
  {% set target_relation = this.incorporate(type=this.Function) %}

  {{ run_hooks(pre_hooks) }}

  {#- under another name, because dbt reads calls of adapter.dispatch while parsing, and this one's name is not known then -#}
  {% set dispatch_by_name = adapter.dispatch %}
  {% set create_macro = dispatch_by_name(this.get_function_macro_name(this.get_function_config(model)), 'dbt') %}
  {{ function_execute_build_sql(create_macro(target_relation), existing_relation, target_relation) }}

  {{ run_hooks(post_hooks) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {{ return(adapter.dispatch('function_execute_build_sql', 'dbt')(build_sql, existing_relation, target_relation)) }}
{% endmacro %}

{% macro default__function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {% call statement(name='main') %}
    {{ build_sql }}
  {% endcall %}
  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}
{% endmacro %}
