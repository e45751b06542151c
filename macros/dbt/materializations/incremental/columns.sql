{#- Lists of columns for the incremental strategies: quoted, compared, chosen. -#}

{% macro get_quoted_csv(column_names) %}
  {% set quoted = [] %}
  {% for name in column_names %}
    {% do quoted.append(adapter.quote(name)) %}
  {% endfor %}
  {{ return(quoted | join(', ')) }}
{% endmacro %}


{#- The columns of the first list whose names are not in the second; types are not looked at. -#}
{% macro diff_columns(source_columns, target_columns) %}
  {% set known_names = target_columns | map(attribute='column') | list %}
  {{ return(source_columns | rejectattr('name', 'in', known_names) | list) }}
{% endmacro %}


{#- Columns of both lists whose type differs, as {column_name, new_type}. A string that only grows is no difference:
    expand_target_column_types deals with it. -#}
{% macro diff_column_data_types(source_columns, target_columns) %}
  {{ return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) }}
{% endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) %}
  {% set changed = [] %}
  {% for source_column in source_columns %}
    {% set target_column = target_columns | selectattr('name', 'equalto', source_column.name) | list | first %}
    {% if target_column
        and source_column.expanded_data_type != target_column.expanded_data_type
        and not source_column.can_expand_to(other_column=target_column) %}
      {% do changed.append({'column_name': target_column.name, 'new_type': source_column.expanded_data_type}) %}
    {% endif %}
  {% endfor %}
  {{ return(changed) }}
{% endmacro %}


{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {{ return(adapter.dispatch('get_merge_update_columns', 'dbt')(merge_update_columns, merge_exclude_columns, dest_columns)) }}
{% endmacro %}

{#- Names that the user gives are used as given; names from the database are quoted. -#}
{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {% if merge_update_columns and merge_exclude_columns %}
    {{ exceptions.raise_compiler_error(
        'Model cannot specify merge_update_columns and merge_exclude_columns. Please update model to use only one config'
    ) }}
  {% elif merge_update_columns %}
    {{ return(merge_update_columns) }}
  {% endif %}

  {% set excluded_names = (merge_exclude_columns or []) | map('lower') | list %}
  {% set updated = [] %}
  {% for column in dest_columns if column.column | lower not in excluded_names %}
    {% do updated.append(column.quoted) %}
  {% endfor %}
  {{ return(updated) }}
{% endmacro %}
