{#- Python models are not run. These names exist for packages that call or override them; what would write Python code
    says so instead. -#}

{% macro resolve_model_name(input_model_name) %}
  {{ return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) }}
{% endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name | string | replace('"', '\"') }}
{%- endmacro %}


{% macro py_script_postfix(model) %}
  {{ meshbuild_refuse_python_model(model) }}
{% endmacro %}

{% macro build_ref_function(model) %}
  {{ meshbuild_refuse_python_model(model) }}
{% endmacro %}

{% macro build_source_function(model) %}
  {{ meshbuild_refuse_python_model(model) }}
{% endmacro %}

{% macro build_config_dict(model) %}
  {{ meshbuild_refuse_python_model(model) }}
{% endmacro %}

{% macro meshbuild_refuse_python_model(model) %}
  {{ exceptions.raise_compiler_error("Python models are not supported: " ~ model.name) }}
{% endmacro %}


{#- A hook for projects: text after the generated code. -#}
{% macro py_script_comment() %}
{%- endmacro %}
