{#- merge: DuckDB's MERGE INTO. The merge_* configs cover the common cases; the config merge_clauses gives every clause
    by hand. Aliases that users write in conditions: DBT_INTERNAL_SOURCE, DBT_INTERNAL_DEST. -#}

{% macro duckdb__get_incremental_merge_sql(args_dict) %}
  {{ return(duckdb__get_merge_sql(
      args_dict['target_relation'], args_dict['temp_relation'], args_dict['unique_key'], args_dict['dest_columns'],
      normalize_incremental_predicates(args_dict.get('incremental_predicates')))) }}
{% endmacro %}

{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {%- set predicates = normalize_incremental_predicates(incremental_predicates) -%}
  {%- do validate_merge_config(config, target) -%}
  {%- set returned = config.get('merge_returning_columns') or [] -%}
  {%- set clauses = duckdb__merge_clauses() -%}

  {{ config.get('sql_header', none) or '' }}
  merge into {{ target }} as DBT_INTERNAL_DEST
  using {{ source }} as DBT_INTERNAL_SOURCE
  {{ duckdb__merge_join_clause(unique_key, config.get('merge_on_using_columns') or [], predicates) }}
  {%- for clause in clauses.when_matched %}
  when matched {{ duckdb__merge_condition(clause) }} then {{ duckdb__merge_matched_action(clause, dest_columns) }}
  {%- endfor %}
  {%- for clause in clauses.when_not_matched %}
  when not matched {{ 'by ' ~ clause.get('by') if clause.get('by') }} {{ duckdb__merge_condition(clause) }} then {{ duckdb__merge_not_matched_action(clause) }}
  {%- endfor %}
  {{ 'returning ' ~ (returned if returned is string else returned | join(', ')) if returned }}
{% endmacro %}


{#- The clauses to write: those of merge_clauses, and for a kind that it leaves out those that the simple configs make. -#}
{% macro duckdb__merge_clauses() %}
  {%- set update_columns = config.get('merge_update_columns') or [] -%}
  {%- set exclude_columns = config.get('merge_exclude_columns') or [] -%}
  {%- set set_expressions = config.get('merge_update_set_expressions') or {} -%}
  {%- set defaults = merge_clause_defaults(
      config.get('merge_update_condition', none), config.get('merge_insert_condition', none),
      update_columns, exclude_columns, set_expressions) -%}
  {%- set update = defaults.when_matched_update_explicit if update_columns or exclude_columns or set_expressions
      else defaults.when_matched_update_by_name -%}
  {%- set given = config.get('merge_clauses') or {} -%}
  {{ return({
      'when_matched': given.get('when_matched', [update]),
      'when_not_matched': given.get('when_not_matched', [defaults.when_not_matched_insert_by_name])
  }) }}
{% endmacro %}

{#- `by name`: columns that only the target has keep their values, whatever their order. -#}
{% macro merge_clause_defaults(
    merge_update_condition,
    merge_insert_condition,
    merge_update_columns=[],
    merge_exclude_columns=[],
    merge_update_set_expressions={}
) -%}
  {{ return({
      'when_matched_update_by_name': {
          'action': 'update', 'mode': 'by_name', 'condition': merge_update_condition
      },
      'when_matched_update_explicit': {
          'action': 'update', 'mode': 'explicit', 'condition': merge_update_condition,
          'update': {
              'include': merge_update_columns,
              'exclude': merge_exclude_columns,
              'set_expressions': merge_update_set_expressions
          }
      },
      'when_not_matched_insert_by_name': {
          'action': 'insert', 'mode': 'by_name', 'condition': merge_insert_condition
      }
  }) }}
{%- endmacro %}


{#- `using (a, b)` where asked for, else the unique key; without either nothing matches and every row is inserted. -#}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) -%}
  {%- set conditions = [] -%}
  {%- if not merge_on_using_columns -%}
    {%- set several = unique_key is sequence and unique_key is not mapping and unique_key is not string -%}
    {%- for key in (unique_key if several else [unique_key]) if key -%}
      {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
    {%- endfor -%}
    {%- if not conditions -%}
      {%- do conditions.append('FALSE') -%}
    {%- endif -%}
  {%- endif -%}
  {%- set conditions = conditions + (incremental_predicates or []) -%}
  {{ 'USING (' ~ merge_on_using_columns | join(', ') ~ ')' if merge_on_using_columns }}
  {{ 'ON (' ~ conditions | join(') AND (') ~ ')' if conditions }}
{%- endmacro %}

{% macro duckdb__merge_condition(clause) -%}
  {%- set condition = clause.get('condition') -%}
  {%- if condition -%}
    and {{ condition if condition is string else '(' ~ condition | join(') and (') ~ ')' }}
  {%- endif -%}
{%- endmacro %}


{% macro duckdb__merge_matched_action(clause, dest_columns) -%}
  {%- set action = clause.get('action') -%}
  {%- set mode = clause.get('mode') -%}
  {%- if action != 'update' -%}
    {{ duckdb__merge_plain_action(clause) }}
  {%- elif mode in ['by_name', 'by_position'] -%}
    update {{ mode | replace('_', ' ') }}
  {%- elif mode == 'star' -%}
    update set *
  {%- elif mode == 'explicit' -%}
    update set {{ duckdb__merge_assignments(clause.get('update', {}), dest_columns) }}
  {%- endif -%}
{%- endmacro %}

{#- `by source` clauses may update as well, but only by expressions: there is no source row. -#}
{% macro duckdb__merge_not_matched_action(clause) -%}
  {%- set action = clause.get('action') -%}
  {%- set mode = clause.get('mode') -%}
  {%- if action == 'update' -%}
    update set {{ duckdb__merge_set_expressions(clause.get('set_expressions', {})) | join(', ') }}
  {%- elif action != 'insert' -%}
    {{ duckdb__merge_plain_action(clause) }}
  {%- elif mode in ['by_name', 'by_position'] -%}
    insert {{ mode | replace('_', ' ') }}
  {%- elif mode == 'star' -%}
    insert *
  {%- elif mode == 'explicit' -%}
    {%- set insert = clause.get('insert', {}) -%}
    insert ({{ insert.get('columns', []) | join(', ') }}) values ({{ insert.get('values', []) | join(', ') }})
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__merge_plain_action(clause) -%}
  {%- set action = clause.get('action') -%}
  {%- if action == 'delete' -%}
    delete
  {%- elif action == 'do_nothing' -%}
    do nothing
  {%- elif action == 'error' -%}
    error{{ " '" ~ clause.get('error_message') | replace("'", "''") ~ "'" if clause.get('error_message') }}
  {%- endif -%}
{%- endmacro %}


{#- Expressions first; a column that has one is not copied too. -#}
{% macro duckdb__merge_assignments(update, dest_columns) -%}
  {%- set expressions = update.get('set_expressions', {}) -%}
  {%- set assignments = duckdb__merge_set_expressions(expressions) -%}
  {%- for column in get_merge_update_columns(update.get('include', []), update.get('exclude', []), dest_columns) -%}
    {%- if column.replace('"', '').replace("'", '') not in expressions -%}
      {%- do assignments.append(column ~ ' = DBT_INTERNAL_SOURCE.' ~ column) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ assignments | join(', ') }}
{%- endmacro %}

{% macro duckdb__merge_set_expressions(expressions) -%}
  {%- set assignments = [] -%}
  {%- for column, expression in expressions.items() -%}
    {%- do assignments.append(column ~ ' = ' ~ expression) -%}
  {%- endfor -%}
  {{ return(assignments) }}
{%- endmacro %}
