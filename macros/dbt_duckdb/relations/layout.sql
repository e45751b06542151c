{#- Partitions and sort order, from a model's config. DuckLake alone has them; elsewhere the config is ignored, with one
    warning. -#}

{#- A list of column expressions, or none. -#}
{% macro duckdb__get_partitioned_by(relation, temporary) -%}
  {%- set columns = duckdb__layout_columns(relation, temporary, 'partitioned_by', 'partition_by') -%}
  {{ return(none if columns is none else columns | join(', ')) }}
{%- endmacro %}

{% macro duckdb__alter_table_set_partitioned_by(relation, partitioned_by) -%}
  alter table {{ relation }} set partitioned by ({{ partitioned_by }});
{%- endmacro %}


{#- A list of quoted column names, or none. -#}
{% macro duckdb__get_sorted_by(relation, temporary) -%}
  {%- set columns = duckdb__layout_columns(relation, temporary, 'sorted_by', 'sort_by') -%}
  {%- if columns is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set quoted = [] -%}
  {%- for column in columns -%}
    {%- do quoted.append(adapter.quote(column | replace('"', '""'))) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{%- endmacro %}

{% macro duckdb__alter_table_set_sorted_by(relation, sorted_by) -%}
  alter table {{ relation }} set sorted by ({{ sorted_by }});
{%- endmacro %}


{% macro duckdb__alter_table_layout(relation, partitioned_by, sorted_by) %}
  {{ duckdb__alter_table_set_partitioned_by(relation, partitioned_by) if partitioned_by }}
  {{ duckdb__alter_table_set_sorted_by(relation, sorted_by) if sorted_by }}
{% endmacro %}


{#- The config under either of its names as a list, or none where it does not apply: staging and intermediate tables do
    without. -#}
{% macro duckdb__layout_columns(relation, temporary, config_name, other_config_name) -%}
  {%- if temporary -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set given = config.get(config_name, none) -%}
  {%- if given is none or given == '' -%}
    {%- set given = config.get(other_config_name, none) -%}
  {%- endif -%}
  {%- if given is none or given == '' -%}
    {{ return(none) }}
  {%- endif -%}

  {%- set both_names = config_name ~ '/' ~ other_config_name -%}
  {%- set columns = normalize_string_or_list(given, both_names) -%}
  {%- if not columns -%}
    {% do exceptions.raise_compiler_error(both_names ~ ' must contain at least one column') %}
  {%- endif -%}

  {%- if this is defined and config.get('materialized') in ['table', 'incremental']
      and relation.identifier and this.identifier and relation.identifier != this.identifier -%}
    {{ return(none) }}
  {%- endif -%}
  {%- if not adapter.is_ducklake(relation) -%}
    {% do adapter.warn_once(
        both_names ~ ' is only supported for DuckLake relations; ignoring for ' ~ relation) %}
    {{ return(none) }}
  {%- endif -%}
  {{ return(columns) }}
{%- endmacro %}
