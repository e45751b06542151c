{#- Tables with foreign keys, and tables that foreign keys refer to. DuckDB neither renames nor drops a table that is
    referred to, cannot drop a constraint, and keeps referring to a table by the name it had when the foreign key was
    made (duckdb/duckdb#24648). So the former are built under their final names, and before the latter are replaced the
    tables that refer to them have to go. -#}

{#- The types of constraint in this model's contract, if that is enforced. -#}
{% macro enforced_constraint_types() -%}
  {% set types = [] %}
  {% if config.get('contract').enforced %}
    {% for constraint in model.get('constraints', []) %}
      {% do types.append(constraint.type) %}
    {% endfor %}
    {% for column in model.get('columns', {}).values() %}
      {% for constraint in column.get('constraints', []) %}
        {% do types.append(constraint.type) %}
      {% endfor %}
    {% endfor %}
  {% endif %}
  {{ return(types) }}
{%- endmacro %}

{% macro existing_constraint_types(relation) -%}
  {% if relation is not none and relation.is_table %}
    {{ return(adapter.existing_key_constraint_types(relation)) }}
  {% endif %}
  {{ return([]) }}
{%- endmacro %}


{#- This model's table refers to others, now or after this run. -#}
{% macro has_foreign_key_constraints(relation=none) -%}
  {{ return(
      adapter.catalog_supports_foreign_keys(this.database)
      and 'foreign_key' in enforced_constraint_types() + existing_constraint_types(relation)
  ) }}
{%- endmacro %}

{#- Others may refer to it: that takes a key. The key that stands counts too, since the model may just have lost it. -#}
{% macro may_be_foreign_key_target(relation=none) -%}
  {% if not adapter.catalog_supports_foreign_keys(this.database) %}
    {{ return(false) }}
  {% endif %}
  {% set types = enforced_constraint_types() + existing_constraint_types(relation) %}
  {{ return('primary_key' in types or 'unique' in types) }}
{%- endmacro %}


{#- Drops a relation so that it can be built again under its name; returns what restore_foreign_key_dependents takes. The
    transaction is wanted even where transactions are disabled: without it a build that fails would lose the table. -#}
{% macro drop_relation_for_rebuild(relation) -%}
  {% do adapter.ensure_transaction() %}
  {% set dropped = drop_foreign_key_dependents(relation) if relation.is_table and may_be_foreign_key_target(relation) else [] %}
  {% do adapter.drop_relation(relation) %}
  {{ return(dropped) }}
{%- endmacro %}


{#- Drops the tables that refer to `relation`, those that refer to them first, and keeps the rows of each in a backup.
    Only tables that this run builds anew anyway; any other is an error. -#}
{% macro drop_foreign_key_dependents(relation) -%}
  {% set referred = meshbuild_foreign_key_dependents(relation) %}
  {% if not referred %}
    {{ return([]) }}
  {% endif %}

  {% set problems = meshbuild_foreign_key_dependents_not_rebuilt(relation, referred) %}
  {% if problems %}
    {% do exceptions.raise_compiler_error(
        "Cannot replace " ~ relation ~ " because DuckDB does not allow replacing a table that a foreign key "
        ~ "references, and dbt-duckdb can only drop referencing tables that this run will rebuild. "
        ~ "Problem tables: " ~ problems | join("; ")) %}
  {% endif %}

  {% set dropped = [] %}
  {% for table in referred %}
    {% set dependent = api.Relation.create(
        database=relation.database, schema=relation.schema, identifier=table, type='table') %}
    {% set backup = dependent.incorporate(path={'identifier': table ~ '__dbt_fk_backup'}) %}
    {% do adapter.drop_relation(backup) %}
    {% call statement('backup_foreign_key_dependent_' ~ loop.index) %}
      create table {{ backup }} as select * from {{ dependent }}
    {% endcall %}
    {{ log("Dropping " ~ dependent ~ " because it references " ~ relation ~ " through a foreign key; it is rebuilt later in this run", info=True) }}
    {% do adapter.drop_relation(dependent) %}
    {% do dropped.append({'relation': dependent, 'backup': backup}) %}
  {% endfor %}
  {{ return(dropped) }}
{%- endmacro %}

{#- Puts the rows back, without constraints: between this model's transaction and theirs the tables can be read. -#}
{% macro restore_foreign_key_dependents(dropped) -%}
  {% for entry in dropped | reverse %}
    {{ log("Restoring data for " ~ entry['relation'] ~ "; its constraints are rebuilt later in this run", info=True) }}
    {% do adapter.rename_relation(entry['backup'], entry['relation']) %}
  {% endfor %}
{%- endmacro %}


{#- {table: names of the tables it refers to, folded} for all that refer to `relation`, directly or not, in the order in
    which they can be dropped. A foreign key cannot leave its schema. -#}
{% macro meshbuild_foreign_key_dependents(relation) -%}
  {% call statement('get_foreign_key_dependents', fetch_result=True) %}
    with recursive foreign_keys as (
      select table_name, referenced_table
      from duckdb_constraints()
      where constraint_type = 'FOREIGN KEY'
        and lower(database_name) = lower('{{ adapter.escape_sql_string(relation.database) }}')
        and lower(schema_name) = lower('{{ adapter.escape_sql_string(relation.schema) }}')
        and lower(table_name) <> lower(referenced_table)
    ),
    dependents(table_name, distance) as (
      select table_name, 1
      from foreign_keys
      where lower(referenced_table) = lower('{{ adapter.escape_sql_string(relation.identifier) }}')
      union
      select foreign_keys.table_name, dependents.distance + 1
      from foreign_keys
      join dependents on lower(foreign_keys.referenced_table) = lower(dependents.table_name)
    ),
    farthest as (
      select table_name, max(distance) as distance
      from dependents
      group by table_name
    )
    select table_name, foreign_keys.referenced_table
    from farthest
    join foreign_keys using (table_name)
    order by farthest.distance desc, table_name, foreign_keys.referenced_table
  {% endcall %}
  {% set referred = {} %}
  {% for row in load_result('get_foreign_key_dependents').table %}
    {% do referred.setdefault(row[0], []).append(row[1] | lower) %}
  {% endfor %}
  {{ return(referred) }}
{%- endmacro %}


{#- One text for each table of `referred` that this run does not build from scratch after this model. -#}
{% macro meshbuild_foreign_key_dependents_not_rebuilt(relation, referred) -%}
  {#- which model builds which table of the chain -#}
  {% set ids = {relation.identifier | lower: model.unique_id} %}
  {% set builders = {} %}
  {% for node in graph.nodes.values() if node.resource_type == 'model'
      and (node.database or '') | lower == (relation.database or '') | lower
      and node.schema | lower == relation.schema | lower %}
    {% for table in referred if table | lower == (node.alias or node.name) | lower %}
      {% do builders.update({table: node}) %}
      {% do ids.update({table | lower: node.unique_id}) %}
    {% endfor %}
  {% endfor %}

  {% set problems = [] %}
  {% for table, referred_tables in referred.items() %}
    {% set node = builders.get(table) %}
    {% if node is none %}
      {% do problems.append(table ~ " (not built by a dbt model in this project)") %}
    {% elif node.unique_id not in selected_resources %}
      {% do problems.append(table ~ " (model " ~ node.name ~ " is not selected in this run)") %}
    {% else %}
      {#- a ref to one of the chain is what makes it run after this model -#}
      {% set parents = [] %}
      {% for name in referred_tables if ids.get(name) in node.depends_on.nodes %}
        {% do parents.append(name) %}
      {% endfor %}
      {% set from_scratch = node.config.materialized == 'table' or (
          node.config.materialized == 'incremental'
          and (flags.FULL_REFRESH if node.config.full_refresh is none else node.config.full_refresh)) %}
      {% if not parents %}
        {% do problems.append(table ~ " (model " ~ node.name ~ " does not ref() the table its foreign key points at, so dbt may not rebuild it afterwards; use `to: ref(...)` in the constraint)") %}
      {% elif not from_scratch %}
        {% do problems.append(table ~ " (model " ~ node.name ~ " is materialized as " ~ node.config.materialized ~ " and would lose its data; run with --full-refresh)") %}
      {% endif %}
    {% endif %}
  {% endfor %}
  {{ return(problems) }}
{%- endmacro %}
