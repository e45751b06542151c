{#- Snapshot strategies: what makes a row's version, and when a row has changed. A strategy `x` is a macro
    snapshot_x_strategy that returns unique_key, updated_at, row_changed, scd_id and hard_deletes, the middle three as
    SQL; a project adds its own, and names it `package.x` when it is another package's. -#}

{% macro strategy_dispatch(name) -%}
  {%- set package_name = none -%}
  {%- set strategy_name = name -%}
  {%- set scope = context -%}
  {%- if '.' in name -%}
    {%- set package_name, strategy_name = name.split('.', 1) -%}
    {%- if package_name not in context -%}
      {{ exceptions.raise_compiler_error("Could not find package '" ~ package_name ~ "', called with '" ~ name ~ "'") }}
    {%- endif -%}
    {%- set scope = context[package_name] -%}
  {%- endif -%}

  {%- set macro_name = 'snapshot_' ~ strategy_name ~ '_strategy' -%}
  {%- if macro_name not in scope -%}
    {{ exceptions.raise_compiler_error(
        "The specified strategy macro '" ~ strategy_name ~ "' was not found in package '" ~ package_name ~ "'") }}
  {%- endif -%}
  {{ return(scope[macro_name]) }}
{%- endmacro %}


{#- The version's id: keys and time of change, hashed. Stored ids outlive the run, so this text never changes. -#}
{% macro snapshot_hash_arguments(args) -%}
  {{ adapter.dispatch('snapshot_hash_arguments', 'dbt')(args) }}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
  md5({% for arg in args -%}
    coalesce(cast({{ arg }} as varchar ), ''){{ " || '|' || " if not loop.last }}
  {%- endfor %})
{%- endmacro %}


{#- timestamp: a row has changed when its updated_at lies behind the start of the stored version. The comparison is with
    dbt's own column, which is there even if the snapshot began with another strategy. -#}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% set updated_at = config.get('updated_at') %}
  {% set row_changed = '(' ~ snapshotted_rel ~ '.' ~ meshbuild_snapshot_columns().dbt_valid_from
      ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')' %}
  {% do return(meshbuild_snapshot_strategy(updated_at, row_changed)) %}
{% endmacro %}


{#- check: a row has changed when one of check_cols differs, nulls being equal. A checked column that the stored table
    does not have yet makes every row a new version. -#}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% set column_added, checked_columns = snapshot_check_all_get_existing_columns(
      node, target_exists, config.get('check_cols')) %}

  {% set differences = [] %}
  {% for column in checked_columns %}
    {% set stored = snapshotted_rel ~ '.' ~ column %}
    {% set current = current_rel ~ '.' ~ column %}
    {% do differences.append(
        stored ~ ' != ' ~ current
        ~ ' or (' ~ stored ~ ' is null and ' ~ current ~ ' is not null)'
        ~ ' or (' ~ stored ~ ' is not null and ' ~ current ~ ' is null)') %}
  {% endfor %}
  {% set row_changed = '(' ~ (get_true_sql() if column_added else differences | join('\n or ')) ~ ')' %}

  {% do return(meshbuild_snapshot_strategy(config.get('updated_at') or snapshot_get_time(), row_changed)) %}
{% endmacro %}


{#- What both strategies return. -#}
{% macro meshbuild_snapshot_strategy(updated_at, row_changed) %}
  {% set unique_key = config.get('unique_key') %}
  {% set hard_deletes = adapter.get_hard_deletes_behavior(config) %}
  {% do return({
      'unique_key': unique_key,
      'updated_at': updated_at,
      'row_changed': row_changed,
      'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
      'invalidate_hard_deletes': hard_deletes == 'invalidate',
      'hard_deletes': hard_deletes
  }) %}
{% endmacro %}


{#- (whether the query has a checked column that the table lacks, the quoted names of the others). Before the first build
    there is nothing to compare. -#}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if not target_exists -%}
    {{ return((false, [])) }}
  {%- endif -%}

  {%- if check_cols_config == 'all' -%}
    {%- set queried_columns = get_columns_in_query(node['compiled_code']) -%}
  {%- elif check_cols_config is iterable and check_cols_config -%}
    {#- asked of the database, which knows how the names are spelled; line breaks, for SQL that ends in a comment -#}
    {%- set queried_columns = get_columns_in_query(
        'select ' ~ check_cols_config | join(', ') ~ ' from (\n' ~ node['compiled_code'] ~ '\n) subq') -%}
  {%- else -%}
    {% do exceptions.raise_compiler_error("Invalid value for 'check_cols': " ~ check_cols_config) %}
  {%- endif -%}

  {%- set target_relation = adapter.get_relation(
      database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- set stored_columns = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
  {%- set comparable = [] -%}
  {%- for column in queried_columns if column in stored_columns -%}
    {%- do comparable.append(adapter.quote(column)) -%}
  {%- endfor -%}
  {{ return((comparable | length < queried_columns | length, comparable)) }}
{%- endmacro %}


{% macro get_true_sql() %}
  {{ adapter.dispatch('get_true_sql', 'dbt')() }}
{% endmacro %}

{% macro default__get_true_sql() %}
  {{ return('TRUE') }}
{% endmacro %}


{% macro snapshot_string_as_time(timestamp) -%}
  {{ adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp) }}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) %}
  {% do exceptions.raise_not_implemented(
      'snapshot_string_as_time macro not implemented for adapter ' ~ adapter.type()) %}
{% endmacro %}
