{#- External models are not run: the materialization says so. The helpers that projects use on their own are here. -#}

{% materialization external, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {{ exceptions.raise_compiler_error("The materialization `external` is not supported: " ~ model.name) }}
{% endmaterialization %}


{#- With no external models there are none upstream to register: projects call this in on-run-start. -#}
{% macro register_upstream_external_models() -%}
{%- endmacro %}


{#- Partitioned output is a folder, any other a file. -#}
{% macro external_location(relation, config) -%}
  {%- set folder = config.get('options', {}).get('partition_by') is not none -%}
  {{ adapter.external_root() }}/{{ relation.identifier }}{{ '.' ~ config.get('format', 'parquet') if not folder }}
{%- endmacro %}

{% macro location_exists(location) -%}
  {% do return(adapter.location_exists(location)) %}
{% endmacro %}

{% macro write_to_file(relation, location, options) -%}
  {% call statement('write_to_file') -%}
    copy {{ relation }} to '{{ location }}' ({{ options }})
  {%- endcall %}
{% endmacro %}

{#- `format` and `delimiter` may also stand outside of `options`, where they win. -#}
{% macro render_write_options(config) -%}
  {% set given = config.get('options', {}) %}
  {% if given is not mapping %}
    {% do exceptions.raise_compiler_error("The options argument must be a dictionary") %}
  {% endif %}
  {% set rendered = {} %}
  {% for name, value in given.items() %}
    {% do rendered.update({name: render(value)}) %}
  {% endfor %}
  {% for name in ['format', 'delimiter'] if config.get(name) %}
    {% do rendered.update({name: render(config.get(name))}) %}
  {% endfor %}
  {% do return(rendered) %}
{%- endmacro %}

{% macro store_relation(plugin, relation, location, format, config) -%}
  {{ exceptions.raise_compiler_error("Plugins are not supported: " ~ plugin) }}
{% endmacro %}
