{#- External models: the rows go into a file, or a folder of files, and a view reads them from there. -#}

{% materialization external, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set location = render(config.get('location', default=external_location(this, config))) -%}
  {%- set rendered_options = render_write_options(config) -%}
  {#- completes the options by what the name of the file says -#}
  {%- set write_options = adapter.external_write_options(location, rendered_options) -%}
  {%- set format = meshbuild_external_format(config.get('format'), rendered_options) -%}
  {%- set read_location = adapter.external_read_location(location, rendered_options) -%}

  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set temp_relation = make_intermediate_relation(this.incorporate(type='table'), suffix='__dbt_tmp') -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation, suffix='__dbt_int') -%}
  {%- set backup_relation = make_backup_relation(
      target_relation, 'table' if existing_relation is none else existing_relation.type) -%}
  {{ meshbuild_drop_leftover_relations([intermediate_relation, temp_relation, backup_relation]) }}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {% call statement('create_table', language=language) -%}
    {{- create_table_as(False, temp_relation, compiled_code, language) }}
  {%- endcall %}

  {#- A file without rows may have no columns to read: one row of nulls holds them, and the view leaves it out. -#}
  {%- set count = run_query('select count(*) as row_count from ' ~ temp_relation) -%}
  {%- set columns = get_columns_in_relation(temp_relation) if count[0][0] == 0 else [] -%}
  {% if columns %}
    {% call statement('insert_nulls') -%}
      insert into {{ temp_relation }} values ({{ (['null'] * columns | length) | join(', ') }})
    {%- endcall %}
  {% endif %}
  {{ write_to_file(temp_relation, location, write_options) }}

  {% call statement('main', language='sql') -%}
    create or replace view {{ intermediate_relation }} as (
      select * from {{ meshbuild_external_reader(format, read_location, rendered_options) }}
      {%- for column in columns %}
      {{ 'where' if loop.first else 'and' }} "{{ column.column }}" is not null
      {%- endfor %}
    );
  {%- endcall %}

  {% if existing_relation is not none %}
    {{ adapter.rename_relation(existing_relation, backup_relation) }}
  {% endif %}
  {{ adapter.rename_relation(intermediate_relation, target_relation) }}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do apply_grants(
      target_relation, config.get('grants'), should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}

  {{ drop_relation_if_exists(backup_relation) }}
  {{ drop_relation_if_exists(temp_relation) }}
  {%- set plugin = config.get('plugin') -%}
  {% if config.get('glue_register', default=false) %}
    {%- set plugin = 'glue|' ~ config.get('glue_database', 'default') -%}
  {% endif %}
  {% if plugin is not none %}
    {% do store_relation(plugin, target_relation, location, format, config) %}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- How the files are read back: as they were written, and as parquet where DuckDB wrote in a format that has no reader. -#}
{% macro meshbuild_external_format(format, rendered_options) -%}
  {%- set known = ['csv', 'parquet', 'json'] -%}
  {%- if not format -%}
    {%- set written = rendered_options['format'] | lower -%}
    {{ return(written if written in known else 'parquet') }}
  {%- endif -%}
  {%- if format not in known -%}
    {% do exceptions.raise_compiler_error("Invalid format: " ~ format ~ ". Allowed formats are: " ~ known | join(', ')) %}
  {%- endif -%}
  {{ return(format) }}
{%- endmacro %}

{#- `read_csv('...', auto_detect=True)`. Readers know a compression by an extension in lower case only, so it is named. -#}
{% macro meshbuild_external_reader(format, read_location, rendered_options) -%}
  {%- set defaults = {'parquet': {'union_by_name': False}, 'json': {'auto_detect': True}, 'csv': {'auto_detect': True}} -%}
  {%- set options = dict(config.get(format ~ '_read_options', defaults[format])) -%}
  {%- if format != 'parquet' and rendered_options.get('compression') -%}
    {%- do options.setdefault('compression', rendered_options['compression']) -%}
  {%- endif -%}
  {%- set arguments = ["'" ~ read_location ~ "'"] -%}
  {%- for name, value in options.items() -%}
    {%- do arguments.append(name ~ "='" ~ value ~ "'" if value is string else name ~ '=' ~ value) -%}
  {%- endfor -%}
  {{ return('read_' ~ format ~ '(' ~ arguments | join(', ') ~ ')') }}
{%- endmacro %}


{#- Projects call this in on-run-start: external models that the run reads and does not build become views again, since
    a database in memory has forgotten them. -#}
{% macro register_upstream_external_models() -%}
  {%- if execute -%}
    {%- set seen = {} -%}
    {%- set schemas = {} -%}
    {%- for id in selected_resources if id in graph.nodes -%}
      {%- for upstream_id in graph.nodes[id].depends_on.nodes -%}
        {%- set upstream = graph.nodes.get(upstream_id) -%}
        {%- if upstream_id not in seen and upstream_id not in selected_resources and upstream
            and upstream.resource_type in ['model', 'seed'] and upstream.config.materialized == 'external' -%}
          {%- do seen.update({upstream_id: true}) -%}
          {%- do meshbuild_register_external_model(upstream, schemas) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- if schemas -%}
      {%- do adapter.commit() -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro meshbuild_register_external_model(upstream, schemas) -%}
  {%- set relation = api.Relation.create(
      database=upstream.database, schema=upstream.schema, identifier=upstream.alias) -%}
  {%- set location = render(upstream.config.get('location', external_location(relation, upstream.config))) -%}
  {%- if relation.schema not in schemas -%}
    {%- call statement('main', language='sql') -%}
      create schema if not exists {{ relation.without_identifier() }}
    {%- endcall -%}
    {%- do schemas.update({relation.schema: true}) -%}
  {%- endif -%}
  {%- call statement('main', language='sql') -%}
    create or replace view {{ relation }} as (
      select * from '{{ adapter.external_read_location(location, render_write_options(upstream.config)) }}'
    );
  {%- endcall -%}
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
