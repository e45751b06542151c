{#- A materialization of one's own: a table with a number for each row. -#}
{% materialization numbered, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% if existing is not none and existing.type != 'table' %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% call statement('main') -%}
        create or replace table {{ target_relation }} as
        select row_number() over (order by {{ config.require('number_by') }}) as number, source.*
        from ({{ sql }}) as source
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
