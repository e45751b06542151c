{#- How SQL reaches the database: `statement` (a call block), `noop_statement` and `run_query`. -#}

{#- Runs the text of the call block and keeps the result under `name` for load_result. The statement called `main` is the
    one that stands for the node: its text is written to target/run and its response becomes the node's message. -#}
{% macro statement(name=None, fetch_result=False, auto_begin=True, language='sql') -%}
  {%- if execute -%}
    {%- set body = caller() -%}
    {%- if name == 'main' -%}
      {#- hooks of a project, which have no node here, may have a main statement too -#}
      {%- if meshbuild_unique_id is defined -%}
        {{ log('Writing runtime ' ~ language ~ ' for node "' ~ meshbuild_unique_id ~ '"') }}
      {%- endif -%}
      {{ write(body) }}
    {%- endif -%}

    {%- if language == 'sql' -%}
      {%- set response, result_table = adapter.execute(body, auto_begin=auto_begin, fetch=fetch_result) -%}
    {%- elif language == 'python' -%}
      {%- set response = submit_python_job(model, body) -%}
      {%- set result_table = none -%}
    {%- else -%}
      {%- do exceptions.raise_compiler_error("statement macro didn't get supported language") -%}
    {%- endif -%}

    {%- if name is not none -%}
      {{ store_result(name, response=response, agate_table=result_table) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{#- Records a result for work that was done by other means than one SQL text, as seeds do. -#}
{% macro noop_statement(name=None, message=None, code=None, rows_affected=None, res=None) -%}
  {%- set body = caller() -%}
  {%- if name == 'main' -%}
    {{ log('Writing runtime SQL for node "' ~ meshbuild_unique_id ~ '"') }}
    {{ write(body) }}
  {%- endif -%}
  {%- if name is not none -%}
    {{ store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) }}
  {%- endif -%}
{%- endmacro %}


{#- Opens no transaction: an introspective query must not decide where one begins. -#}
{% macro run_query(sql) %}
  {% call statement('run_query_statement', fetch_result=true, auto_begin=false) %}
    {{ sql }}
  {% endcall %}
  {% do return(load_result('run_query_statement').table) %}
{% endmacro %}
