{#- DuckDB's part of the snapshot materialization: where changes are staged, and how they are merged. -#}

{#- Update and insert in place of dbt's merge. The casts take what a staging table of another type may hold. -#}
{% macro duckdb__snapshot_merge_sql(target, source, insert_cols) -%}
  {%- set columns = meshbuild_snapshot_columns() -%}
  {%- set valid_to = 'DBT_INTERNAL_TARGET.' ~ columns.dbt_valid_to -%}
  {%- set open_end = config.get('dbt_valid_to_current') -%}
  update {{ target }} as DBT_INTERNAL_TARGET
  set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }}::text = DBT_INTERNAL_TARGET.{{ columns.dbt_scd_id }}::text
    and DBT_INTERNAL_SOURCE.dbt_change_type::text in ('update', 'delete')
    and ({{ valid_to }} is null {{ 'or ' ~ valid_to ~ ' = ' ~ open_end if open_end }});

  insert into {{ target }} ({{ insert_cols | join(', ') }})
  select
    {% for column in insert_cols -%}
    DBT_INTERNAL_SOURCE.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor %}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.dbt_change_type::text = 'insert';
{% endmacro %}


{#- dbt's macro of this name, with the staging table where DuckDB or MotherDuck can have it. -#}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {% set staging = duckdb__dispatch_temporary_relation(target_relation) %}
  {% set staging_sql = snapshot_staging_table(strategy, sql, target_relation) %}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(staging.temporary, staging.relation, staging_sql) }}
  {% endcall %}
  {% do return(staging.relation) %}
{% endmacro %}

{#- The connection outlives the node, and its temporary tables with it. -#}
{% macro duckdb__post_snapshot(temporary_relation) %}
  {% do return(drop_relation(temporary_relation)) %}
{% endmacro %}
