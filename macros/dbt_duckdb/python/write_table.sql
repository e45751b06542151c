{#- The code that runs for a Python model: the compiled one, and how its result gets into a table. `con` is the connection of
    the run; `register` hands the result over, and the statements run inside the node's own transaction. DuckLake tables get
    their layout before their rows, as in SQL. -#}

{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) -%}
{%- set table = relation.include(database=(not temporary), schema=(not temporary)) -%}
{%- set kind = 'temporary table' if temporary else 'table' -%}
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
    con.execute('create {{ kind }} {{ table }} as select * from ' + view + ' limit 0')
    {%- for statement in statements %}
    con.execute('{{ statement }}')
    {%- endfor %}
    con.execute('insert into {{ table }} select * from ' + view)
    {%- else %}
    con.execute('create {{ kind }} {{ table }} as select * from ' + view)
    {%- endif %}
    con.unregister(view)
{% endmacro %}
