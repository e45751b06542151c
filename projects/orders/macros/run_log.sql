{% macro run_log_relation() %}
    {{- return(api.Relation.create(database=target.database, schema=target.schema ~ '_ops', identifier='run_log')) -}}
{% endmacro %}

{% macro create_run_log() %}
    create schema if not exists {{ run_log_relation().without_identifier() }};
    create table if not exists {{ run_log_relation() }} (
        invocation_id varchar primary key,
        target_name varchar not null,
        as_of_date date not null,
        nodes_run integer not null,
        nodes_failed integer not null
    )
{% endmacro %}

{#- One row for each invocation. -#}
{% macro write_run_log(results) %}
    {%- if execute -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail']) | list -%}
        insert into {{ run_log_relation() }}
        values (
            '{{ invocation_id }}',
            '{{ target.name }}',
            cast('{{ var("as_of_date") }}' as date),
            {{ results | length }},
            {{ failed | length }}
        )
    {%- endif -%}
{% endmacro %}
