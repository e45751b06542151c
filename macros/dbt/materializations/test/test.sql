{#- The materialization of data tests: count the rows that the test's query returns, keeping them if asked to. -#}

{% materialization test, default %}
  {% set relations = [] %}
  {% set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none %}
  {% set failures_sql = get_limit_subquery_sql(sql, config.get('limit')) %}

  {% if should_store_failures() %}
    {% set target_relation = meshbuild_store_test_failures(failures_sql, sql_header) %}
    {% do relations.append(target_relation) %}
    {#- read what was stored: the query may be dear -#}
    {% set failures_sql = 'select * from ' ~ target_relation %}
  {% endif %}

  {#- one select needs no transaction around it -#}
  {% call statement('main', fetch_result=True, auto_begin=False) -%}
    {{ meshbuild_test_statement(failures_sql, sql_header) }}
  {%- endcall %}

  {{ return({'relations': relations}) }}
{% endmaterialization %}


{#- The statement that a test comes down to. -#}
{% macro meshbuild_test_statement(failures_sql, sql_header=none) -%}
    {{ sql_header or '' }}
    {#- the limit is in the query already -#}
    {{ get_test_sql(failures_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
{%- endmacro %}


{#- The statement of a test that is asked together with others: written to target/run as `statement` would, and returned
    instead of run. Everything that comes after is left to the caller. -#}
{% macro meshbuild_statement_of_grouped_test() %}
  {% set statement_sql = meshbuild_test_statement(get_limit_subquery_sql(sql, config.get('limit'))) %}
  {{ log('Writing runtime sql for node "' ~ meshbuild_unique_id ~ '"') }}
  {{ write(statement_sql) }}
  {{ return(statement_sql) }}
{% endmacro %}


{#- Puts a test's failures into a table or view of their own, in place of the last run's; returns the relation. -#}
{% macro meshbuild_store_test_failures(failures_sql, sql_header) %}
  {#- the flag --store-failures leaves this config at none -#}
  {% set kind = config.get('store_failures_as') or 'table' %}
  {% if kind not in ['table', 'view'] %}
    {{ exceptions.raise_compiler_error(
        "'" ~ kind ~ "' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']") }}
  {% endif %}

  {% set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
  {% if old_relation %}
    {% do adapter.drop_relation(old_relation) %}
  {% endif %}

  {% set target_relation = api.Relation.create(
      database=database, schema=schema, identifier=model['alias'], type=kind) %}
  {% call statement(auto_begin=True) %}
    {{ sql_header or '' }}
    {{ get_create_sql(target_relation, failures_sql) }}
  {% endcall %}
  {{ adapter.commit() }}
  {{ return(target_relation) }}
{% endmacro %}


{#- One row: the number of failures, and whether it is reason to warn or to fail. -#}
{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
  {{ adapter.dispatch('get_test_sql', 'dbt')(main_sql, fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}

{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
  select
    {{ fail_calc }} as failures,
    {{ fail_calc }} {{ warn_if }} as should_warn,
    {{ fail_calc }} {{ error_if }} as should_error
  from (
    {{ main_sql }}
    {{ 'limit ' ~ limit if limit is not none }}
  ) dbt_internal_test
{%- endmacro %}


{#- What a generic test reads: the relation, or the part of it that the config `where` leaves. -#}
{% macro get_where_subquery(relation) -%}
  {% do return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) %}
{%- endmacro %}

{% macro default__get_where_subquery(relation) -%}
  {% set condition = config.get('where', '') %}
  {% if not condition %}
    {% do return(relation) %}
  {% endif %}
  {% do return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ') dbt_subquery') %}
{%- endmacro %}
