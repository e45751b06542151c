{#- Columns: adding and removing, and the columns of a query. -#}

{#- DuckDB alters one column a statement. -#}
{% macro duckdb__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {% for column in add_columns or [] %}
    {% do run_query('alter ' ~ relation.type ~ ' ' ~ relation ~ ' add column '
        ~ api.Relation.create(identifier=column.name) ~ ' ' ~ column.data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do run_query('alter ' ~ relation.type ~ ' ' ~ relation ~ ' drop column '
        ~ api.Relation.create(identifier=column.name)) %}
  {% endfor %}
{% endmacro %}


{#- The result is wrapped in DESCRIBE (...), where a header cannot stand: it runs on its own, and what it sets or creates
    is there for the DESCRIBE on the same connection. -#}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
  {%- if select_sql_header is not none -%}
    {%- do run_query(select_sql_header) -%}
  {%- endif %}
  select * from (
    {{ select_sql }}
  ) as __dbt_sbq
  where false
  limit 0
{% endmacro %}
