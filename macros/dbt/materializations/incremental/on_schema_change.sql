{#- When an incremental model's query and its table no longer have the same columns: the `on_schema_change` config. -#}

{#- An unknown value is taken as the default, with a line in the log only. -#}
{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {% if on_schema_change in ['ignore', 'fail', 'append_new_columns', 'sync_all_columns'] %}
    {{ return(on_schema_change) }}
  {% endif %}
  {% do log('Invalid value for on_schema_change (' ~ on_schema_change ~ ') specified. Setting default value of ' ~ default ~ '.') %}
  {{ return(default) }}
{% endmacro %}


{#- Does what the config says; returns the columns to write, or nothing for `ignore`, which does not even look. -#}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {{ return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) }}
{% endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {% if on_schema_change == 'ignore' %}
    {{ return({}) }}
  {% endif %}

  {% set changes = check_for_schema_changes(source_relation, target_relation) %}
  {% if changes['schema_changed'] %}
    {% if on_schema_change == 'fail' %}
      {% do exceptions.raise_compiler_error(meshbuild_schema_change_failure_message(changes)) %}
    {% endif %}
    {% do sync_column_schemas(on_schema_change, target_relation, changes) %}
  {% endif %}
  {{ return(changes['source_columns']) }}
{% endmacro %}

{% macro meshbuild_schema_change_failure_message(schema_changes_dict) %}
              The source and target schemas on this incremental model are out of sync!
              They can be reconciled in several ways:
                - set the `on_schema_change` config to either append_new_columns or sync_all_columns, depending on your situation.
                - Re-run the incremental model with `full_refresh: True` to update the target schema.
                - update the schema manually and re-run the process.

              Additional troubleshooting context:
                 Source columns not in target: {{ schema_changes_dict['source_not_in_target'] }}
                 Target columns not in source: {{ schema_changes_dict['target_not_in_source'] }}
                 New column types: {{ schema_changes_dict['new_target_types'] }}
{% endmacro %}


{% macro check_for_schema_changes(source_relation, target_relation) %}
  {{ return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) }}
{% endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) %}
  {% set source_columns = adapter.get_columns_in_relation(source_relation) %}
  {% set target_columns = adapter.get_columns_in_relation(target_relation) %}
  {% set added = diff_columns(source_columns, target_columns) %}
  {% set removed = diff_columns(target_columns, source_columns) %}
  {% set retyped = diff_column_data_types(source_columns, target_columns) %}
  {% set changed = (added or removed or retyped) | length > 0 %}

  {% do log('In ' ~ target_relation ~ ':'
      ~ '\n    Schema changed: ' ~ changed
      ~ '\n    Source columns not in target: ' ~ added
      ~ '\n    Target columns not in source: ' ~ removed
      ~ '\n    New column types: ' ~ retyped) %}

  {{ return({
      'schema_changed': changed,
      'source_not_in_target': added,
      'target_not_in_source': removed,
      'source_columns': source_columns,
      'target_columns': target_columns,
      'new_target_types': retyped
  }) }}
{% endmacro %}


{#- append_new_columns only adds; sync_all_columns makes the target's columns those of the source. -#}
{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {{ return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) }}
{% endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {% set added = schema_changes_dict['source_not_in_target'] %}
  {% set removed = schema_changes_dict['target_not_in_source'] %}
  {% set retyped = schema_changes_dict['new_target_types'] %}

  {% if on_schema_change == 'append_new_columns' and added %}
    {% do alter_relation_add_remove_columns(target_relation, added, none) %}
  {% elif on_schema_change == 'sync_all_columns' %}
    {% if added or removed %}
      {% do alter_relation_add_remove_columns(target_relation, added, removed) %}
    {% endif %}
    {% for change in retyped %}
      {% do alter_column_type(target_relation, change['column_name'], change['new_type']) %}
    {% endfor %}
  {% endif %}

  {% do log('In ' ~ target_relation ~ ':'
      ~ '\n    Schema change approach: ' ~ on_schema_change
      ~ '\n    Columns added: ' ~ added
      ~ '\n    Columns removed: ' ~ removed
      ~ '\n    Data types changed: ' ~ retyped) %}
{% endmacro %}
