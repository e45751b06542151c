{#- Comments on relations and columns. -#}

{% macro duckdb__alter_relation_comment(relation, comment) %}
  comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(comment) }};
{% endmacro %}


{% macro duckdb__alter_column_comment(relation, column_dict) %}
  {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
  {%- for name, column in column_dict.items() if name in present %}
    comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }} is {{ duckdb_escape_comment(column['description']) }};
  {%- endfor %}
{% endmacro %}


{#- Between dollar quotes a comment may hold anything, quotes and line breaks included, except the delimiter. -#}
{% macro duckdb_escape_comment(comment) -%}
  {%- set delimiter = '$dbt_comment_literal_block$' -%}
  {%- if comment is not string -%}
    {% do exceptions.raise_compiler_error('cannot escape a non-string: ' ~ comment) %}
  {%- elif delimiter in comment -%}
    {% do exceptions.raise_compiler_error('The string ' ~ delimiter ~ ' is not allowed in comments.') %}
  {%- endif -%}
  {{ delimiter }}{{ comment }}{{ delimiter }}
{%- endmacro %}
