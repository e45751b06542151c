{#- The Python text that would write a Python model's result to its table. Python models are not run; the text is for
    projects that render it, and shows the layout of DuckLake tables as the SQL form does. -#}

{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) -%}
{%- set statements = [] -%}
{%- if partitioned_by -%}
  {%- do statements.append('alter table ' ~ relation ~ ' set partitioned by (' ~ partitioned_by ~ ')') -%}
{%- endif -%}
{%- if sorted_by -%}
  {%- do statements.append('alter table ' ~ relation ~ ' set sorted by (' ~ sorted_by ~ ')') -%}
{%- endif -%}
{{ compiled_code }}

def materialize(df, con):
    view = '__dbt_python_model_df_{{ relation.identifier }}'
    con.register(view, df)
    {%- if statements %}
    con.execute('create table {{ relation }} as select * from ' + view + ' limit 0')
    {%- for statement in statements %}
    con.execute('{{ statement }}')
    {%- endfor %}
    con.execute('insert into {{ relation }} select * from ' + view)
    {%- else %}
    con.execute('create table {{ relation }} as select * from ' + view)
    {%- endif %}
    con.unregister(view)
{% endmacro %}
