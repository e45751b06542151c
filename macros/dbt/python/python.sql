{#- The code that is put behind a Python model, so that its `dbt` argument works: dbt.ref, dbt.source, dbt.config.get, dbt.this
    and dbt.is_incremental. What runs it makes a `dbtObj` with a function that reads a relation. -#}

{% macro resolve_model_name(input_model_name) %}
  {{ return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) }}
{% endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name | string | replace('"', '\"') }}
{%- endmacro %}


{#- `render` leaves out what --empty and --sample add: Python reads relations by name, and whole. A project's own `ref` may
    return a text instead. -#}
{% macro meshbuild_python_relation(relation) -%}
  {%- if relation.render is defined and relation.render is callable -%}
    {{ return(resolve_model_name(relation.render())) }}
  {%- endif -%}
  {{ return(resolve_model_name(relation)) }}
{%- endmacro %}


{% macro build_ref_function(model) %}
  {%- set relations = {} -%}
  {%- for reference in model.refs -%}
    {%- set names = [reference.get('package'), reference['name']] if reference.get('package') else [reference['name']] -%}
    {%- set relation = meshbuild_python_relation(ref(*names, v=reference.get('version'))) -%}
    {%- if reference.get('version') -%}
      {%- do names.append('v' ~ reference['version']) -%}
    {%- endif -%}
    {%- do relations.update({names | join('.'): relation}) -%}
  {%- endfor %}

def ref(*args, **kwargs):
    refs = {{ relations | tojson }}
    version = kwargs.get("v") or kwargs.get("version")
    names = [*args, f"v{version}"] if version else args
    return kwargs["dbt_load_df_function"](refs[".".join(names)])
{% endmacro %}


{% macro build_source_function(model) %}
  {%- set relations = {} -%}
  {%- for names in model.sources -%}
    {%- do relations.update({names | join('.'): resolve_model_name(source(*names))}) -%}
  {%- endfor %}

def source(*args, dbt_load_df_function):
    sources = {{ relations | tojson }}
    return dbt_load_df_function(sources[".".join(args)])
{% endmacro %}


{#- What dbt.config.get and dbt.config.meta_get ask for, as parsing found it. -#}
{% macro build_config_dict(model) %}
  {%- set configs = {} -%}
  {%- for key, default in zip(model.config.config_keys_used or [], model.config.config_keys_defaults or []) -%}
    {%- do configs.update({key: model.config.get(key, default)}) -%}
  {%- endfor -%}
  {%- set meta = {} -%}
  {%- for key, default in zip(model.config.meta_keys_used or [], model.config.meta_keys_defaults or []) -%}
    {%- do meta.update({key: (model.config.meta or {}).get(key, default)}) -%}
  {%- endfor %}

config_dict = {{ configs }}
meta_dict = {{ meta }}
{% endmacro %}


{% macro py_script_postfix(model) %}
# The model ends here. What follows is generated: it makes the `dbt` argument of the model.

{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function) -> None:
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}

{{ py_script_comment() }}
{% endmacro %}


{#- A hook for projects: text after the generated code. -#}
{% macro py_script_comment() %}
{%- endmacro %}
