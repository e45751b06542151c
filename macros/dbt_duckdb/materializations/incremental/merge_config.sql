{#- Checks of the merge_* configs. All mistakes are collected and reported at once; nothing here returns text. -#}

{% macro validate_merge_config(config, target_relation=none) %}
  {%- set errors = [] -%}
  {%- set simple_configs = {
      'merge_update_condition': 'string',
      'merge_insert_condition': 'string',
      'merge_on_using_columns': 'sequence',
      'merge_update_columns': 'sequence',
      'merge_update_set_expressions': 'mapping',
      'merge_exclude_columns': 'sequence',
      'merge_returning_columns': 'sequence'
  } -%}
  {%- for name, kind in simple_configs.items() -%}
    {%- if kind == 'string' -%}
      {%- do validate_string_field(config.get(name), name, errors) -%}
    {%- elif kind == 'sequence' -%}
      {%- do validate_string_list_field(config.get(name), name, errors) -%}
    {%- else -%}
      {%- do validate_dict_field(config.get(name), name, errors) -%}
    {%- endif -%}
  {%- endfor -%}

  {%- do validate_merge_clauses(config, simple_configs, errors) -%}
  {%- if not errors -%}
    {%- do validate_ducklake_restrictions(config, target_relation, errors) -%}
  {%- endif -%}
  {%- if errors -%}
    {{ exceptions.raise_compiler_error("MERGE configuration errors:\n" ~ errors | join('\n')) }}
  {%- endif -%}
{% endmacro %}


{#- merge_clauses: its form, and that no simple config stands beside it that it would silence. -#}
{% macro validate_merge_clauses(config, base_configuration_fields, errors) -%}
  {%- set clauses = config.get('merge_clauses') -%}
  {%- if clauses is not none and clauses is not mapping -%}
    {%- do errors.append("merge_clauses must be a dictionary, found: " ~ clauses) -%}
  {%- elif clauses is not none -%}
    {%- if 'when_matched' not in clauses and 'when_not_matched' not in clauses -%}
      {%- do errors.append("merge_clauses must contain at least one of 'when_matched' or 'when_not_matched' keys") -%}
    {%- endif -%}
    {%- for clause_type in ['when_matched', 'when_not_matched'] if clause_type in clauses -%}
      {%- do validate_merge_clause_list(clauses, clause_type, errors) -%}
    {%- endfor -%}

    {%- set silenced = [] -%}
    {%- for name, kind in base_configuration_fields.items()
        if name not in ['merge_on_using_columns', 'merge_returning_columns'] -%}
      {%- set value = config.get(name) -%}
      {#- an empty list or dictionary says nothing, an empty string does -#}
      {%- if value is not none and (value or kind == 'string') -%}
        {%- do silenced.append(name) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if silenced -%}
      {%- do errors.append("When merge_clauses is specified, the following basic merge configurations will be ignored and should be removed: " ~ silenced | join(', ') ~ ". Define your merge behavior within merge_clauses instead.") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_merge_clause_list(merge_clauses, clause_type, errors) -%}
  {%- set clauses = merge_clauses.get(clause_type) -%}
  {%- set name = 'merge_clauses.' ~ clause_type -%}
  {%- if clauses is not sequence or clauses is mapping or clauses is string -%}
    {%- do errors.append(name ~ " must be a list") -%}
  {%- elif not clauses -%}
    {%- do errors.append(name ~ " must contain at least one element") -%}
  {%- else -%}
    {%- for clause in clauses if clause is not mapping -%}
      {%- do errors.append(name ~ " elements must be dictionaries, found: " ~ clause) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_ducklake_restrictions(config, target_relation, errors) -%}
  {%- if target_relation and adapter.is_ducklake(target_relation) -%}
    {%- if config.get('merge_returning_columns') -%}
      {%- do errors.append("DuckLake MERGE restrictions: merge_returning_columns is not supported because DuckLake does not support RETURNING.") -%}
    {%- endif -%}
    {%- set clauses = config.get('merge_clauses') or {} -%}
    {%- set changes = (clauses.get('when_matched', []) + clauses.get('when_not_matched', []))
        | selectattr('action', 'defined') | selectattr('action', 'in', ['update', 'delete']) | list -%}
    {%- if changes | length > 1 -%}
      {%- do errors.append("DuckLake MERGE restrictions: merge_clauses can contain only a single UPDATE or DELETE action across when_matched and when_not_matched. Found " ~ changes | length ~ " UPDATE/DELETE actions. DuckLake currently supports only one UPDATE or DELETE operation per MERGE statement.") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{#- A config that is not set is valid. -#}
{% macro validate_string_field(field_value, field_name, errors) -%}
  {%- if field_value is not none and field_value is not string -%}
    {%- do errors.append(field_name ~ " must be a string, found: " ~ field_value) -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_string_list_field(field_value, field_name, errors) -%}
  {%- if field_value is not none -%}
    {%- if field_value is string or field_value is mapping or field_value is not sequence -%}
      {%- do errors.append(field_name ~ " must be a list") -%}
    {%- else -%}
      {%- for item in field_value if item is not string -%}
        {%- do errors.append(field_name ~ " must contain only string values, found: " ~ item) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_dict_field(field_value, field_name, errors) -%}
  {%- if field_value is not none and field_value is not mapping -%}
    {%- do errors.append(field_name ~ " must be a dictionary, found: " ~ field_value) -%}
  {%- endif -%}
{%- endmacro %}
