{% macro note_results(results) %}
    {%- if execute -%}
        {%- set counts = {} -%}
        {%- for result in results -%}
            {%- do counts.update({result.node.resource_type: counts.get(result.node.resource_type, 0) + 1}) -%}
        {%- endfor -%}
        create or replace table {{ target.schema }}.closed as
        {% for kind, number in counts | dictsort -%}
            select '{{ kind }}' as kind, {{ number }} as nodes
            {{- " union all " if not loop.last }}
        {%- else -%}
            select 'nothing' as kind, 0 as nodes
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro grams(column, unit=none) -%}
    {%- set unit = unit or var('unit', 'metric') -%}
    {%- if unit == 'metric' -%}
        {{ column }}
    {%- elif unit == 'imperial' -%}
        round({{ column }} / 28.35, 2)
    {%- else -%}
        {{ exceptions.raise_compiler_error("no such unit: " ~ unit) }}
    {%- endif -%}
{%- endmacro %}

{% macro ingredient_names() -%}
    {%- set found = run_query("select distinct ingredient from " ~ ref('ingredients') ~ " order by 1") -%}
    {{ return(found.columns[0].values() | list if execute else []) }}
{%- endmacro %}

{% macro count_rows(relation) %}
    {%- call statement('counted', fetch_result=True) -%}
        select count(*) as number from {{ relation }}
    {%- endcall -%}
    {{ return(load_result('counted')['data'][0][0] if execute else 0) }}
{% endmacro %}

{% macro tidy(table) %}
    {% set relation = adapter.get_relation(target.database, target.schema, table) %}
    {% if relation %}
        {% do adapter.drop_relation(relation) %}
        {{ log("dropped " ~ relation.identifier, info=True) }}
    {% endif %}
{% endmacro %}
