{#- Which versions a run has to write. The staging query returns one row for each change, told apart by dbt_change_type:
    `insert` a new version, `update` the end of one that was superseded, `delete` the end of one whose row is gone. -#}

{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {{ adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation) }}
{% endmacro %}

{#- `snapshotted_data` and `source_data` are names that strategies use in row_changed. The parts are united by position:
    the columns of the query, the keys, time of update, valid from, valid to, id and, with new_record, is_deleted. -#}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {%- set columns = meshbuild_snapshot_columns() -%}
  {%- set key = strategy.unique_key -%}
  {%- set find_deleted = strategy.hard_deletes in ['invalidate', 'new_record'] -%}
  {%- set record_deleted = strategy.hard_deletes == 'new_record' -%}

  {#- with new_record a row that comes back gets a new version even if nothing in it has changed -#}
  {%- set is_changed = strategy.row_changed -%}
  {%- if record_deleted -%}
    {%- set is_changed = is_changed ~ " or snapshotted_data." ~ columns.dbt_is_deleted ~ " = 'True'" -%}
  {%- endif -%}

  with snapshot_query as (
    {{ source_sql }}
  ),

  snapshotted_data as (
    select *, {{ unique_key_fields(key) }}
    from {{ target_relation }}
    where {{ meshbuild_snapshot_is_current(columns.dbt_valid_to) }}
  ),

  new_versions as (
    select *, {{ unique_key_fields(key) }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ get_dbt_valid_to_current(strategy, columns) }},
      {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
    from snapshot_query
  ),

  ended_versions as (
    select *, {{ unique_key_fields(key) }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_to }}
    from snapshot_query
  ),

  {% if find_deleted -%}
  keyed_query as (
    select *, {{ unique_key_fields(key) }}
    from snapshot_query
  ),
  {%- endif %}

  insertions as (
    select
      'insert' as dbt_change_type,
      source_data.*
      {{- ", 'False' as " ~ columns.dbt_is_deleted if record_deleted }}
    from new_versions as source_data
    left outer join snapshotted_data on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
    where {{ unique_key_is_null(key, 'snapshotted_data') }}
      or ({{ unique_key_is_not_null(key, 'snapshotted_data') }} and ({{ is_changed }}))
  ),

  updates as (
    select
      'update' as dbt_change_type,
      source_data.*,
      snapshotted_data.{{ columns.dbt_scd_id }}
      {{- ', snapshotted_data.' ~ columns.dbt_is_deleted if record_deleted }}
    from ended_versions as source_data
    join snapshotted_data on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
    where ({{ is_changed }})
  )

  {%- if find_deleted %},
  deletes as (
    select
      'delete' as dbt_change_type,
      source_data.*,
      {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
      {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
      {{ snapshot_get_time() }} as {{ columns.dbt_valid_to }},
      snapshotted_data.{{ columns.dbt_scd_id }}
      {{- ', snapshotted_data.' ~ columns.dbt_is_deleted if record_deleted }}
    from snapshotted_data
    left join keyed_query as source_data on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
    where {{ unique_key_is_null(key, 'source_data') }}
      {{ 'and not ' ~ meshbuild_snapshot_is_recorded_as_deleted(columns) if record_deleted }}
  )
  {%- endif %}

  {%- if record_deleted %},
  deletion_records as (
    select
      'insert' as dbt_change_type,
      {{ meshbuild_snapshot_deleted_row_fields(strategy, source_sql, target_relation) }},
      {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
      {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
      snapshotted_data.{{ columns.dbt_valid_to }} as {{ columns.dbt_valid_to }},
      {{ snapshot_hash_arguments([columns.dbt_scd_id, snapshot_get_time()]) }} as {{ columns.dbt_scd_id }},
      'True' as {{ columns.dbt_is_deleted }}
    from snapshotted_data
    left join keyed_query as source_data on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
    where {{ unique_key_is_null(key, 'source_data') }}
      and not {{ meshbuild_snapshot_is_recorded_as_deleted(columns) }}
  )
  {%- endif %}

  select * from insertions
  union all
  select * from updates
  {% if find_deleted -%}
  union all
  select * from deletes
  {%- endif %}
  {% if record_deleted -%}
  union all
  select * from deletion_records
  {%- endif %}
{%- endmacro %}


{#- The version that holds now: open at its end, or ending at dbt_valid_to_current. Null counts in both cases, since the
    config may have come after the first run. -#}
{% macro meshbuild_snapshot_is_current(valid_to) -%}
  {%- set open_end = config.get('dbt_valid_to_current') -%}
  {%- if open_end -%}
    ({{ equals(valid_to | trim, open_end | trim) }} or {{ valid_to }} is null)
  {%- else -%}
    {{ valid_to }} is null
  {%- endif -%}
{%- endmacro %}

{#- The current version is the record of an earlier deletion, so this run has nothing to add. -#}
{% macro meshbuild_snapshot_is_recorded_as_deleted(columns) -%}
  {%- set open_end = config.get('dbt_valid_to_current') -%}
  {%- set valid_to = 'snapshotted_data.' ~ columns.dbt_valid_to -%}
  (snapshotted_data.{{ columns.dbt_is_deleted }} = 'True' and {{ valid_to ~ ' = ' ~ open_end if open_end else valid_to ~ ' is null' }})
{%- endmacro %}

{#- What is left of a deleted row: its stored values, in the query's order of columns, and its keys. A column that the
    table does not have yet comes from the query's side of the outer join, that is, null of the right type. -#}
{% macro meshbuild_snapshot_deleted_row_fields(strategy, source_sql, target_relation) -%}
  {%- set stored_columns = get_list_of_column_names(get_columns_in_relation(target_relation)) -%}
  {%- set fields = [] -%}
  {%- for column in get_columns_in_query(source_sql) -%}
    {%- do fields.append(('snapshotted_data.' if column in stored_columns else 'source_data.') ~ adapter.quote(column)) -%}
  {%- endfor -%}
  {%- if strategy.unique_key | is_list -%}
    {%- for key in strategy.unique_key -%}
      {%- do fields.append('snapshotted_data.' ~ key ~ ' as dbt_unique_key_' ~ loop.index) -%}
    {%- endfor -%}
  {%- else -%}
    {%- do fields.append('snapshotted_data.dbt_unique_key as dbt_unique_key') -%}
  {%- endif -%}
  {{ fields | join(',\n      ') }}
{%- endmacro %}


{#- Puts the staging query's result aside; returns the relation. -#}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {% set staging_relation = make_temp_relation(target_relation) %}
  {% set staging_sql = snapshot_staging_table(strategy, sql, target_relation) %}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(True, staging_relation, staging_sql) }}
  {% endcall %}
  {% do return(staging_relation) %}
{% endmacro %}


{#- For adapters whose staging relation does not go away by itself. -#}
{% macro post_snapshot(staging_relation) %}
  {{ adapter.dispatch('post_snapshot', 'dbt')(staging_relation) }}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}
