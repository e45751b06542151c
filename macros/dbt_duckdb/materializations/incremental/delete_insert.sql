{#- delete+insert: rows of the target whose key is among the new rows make way for them. -#}

{#- Several keys are matched in a join, under the name DBT_INCREMENTAL_TARGET that predicates may use; a single one, which
    can be an expression, in a sub-query. Nulls match nothing either way, so rows with a null key pile up. -#}
{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {%- if unique_key is sequence and unique_key is not string and unique_key -%}
    {%- set matches = [] -%}
    {%- for key in unique_key -%}
      {%- do matches.append(source ~ '.' ~ key ~ ' = DBT_INCREMENTAL_TARGET.' ~ key) -%}
    {%- endfor -%}
    delete from {{ target }} as DBT_INCREMENTAL_TARGET
    using {{ source }}
    where {{ matches | join(' and ') }}
    {{- duckdb__and_predicates(incremental_predicates) }};
  {%- elif unique_key -%}
    delete from {{ target }}
    where ({{ unique_key }}) in (
      select ({{ unique_key }})
      from {{ source }}
    )
    {{- duckdb__and_predicates(incremental_predicates) }};
  {%- endif %}
  {{ get_insert_into_sql(target, source, dest_columns) }}
{%- endmacro %}

{% macro duckdb__and_predicates(predicates) -%}
  {%- for predicate in predicates or [] %}
      and {{ predicate }}
  {%- endfor -%}
{%- endmacro %}
