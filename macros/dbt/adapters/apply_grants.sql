{#- From a node's `grants` config to grant and revoke statements. The config maps each privilege to its grantees. -#}

{% macro apply_grants(relation, grant_config, should_revoke) %}
  {{ return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) }}
{% endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=True) %}
  {% if grant_config %}
    {% if should_revoke %}
      {#- grants may have been carried over: only the difference is applied -#}
      {% set current_grants = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) %}
      {% set to_grant = diff_of_two_dicts(grant_config, current_grants) %}
      {% set to_revoke = diff_of_two_dicts(current_grants, grant_config) %}
      {% if not to_grant and not to_revoke %}
        {{ log('On ' ~ relation.render() ~ ': All grants are in place, no revocation or granting needed.') }}
      {% endif %}
    {% else %}
      {% set to_grant = grant_config %}
      {% set to_revoke = {} %}
    {% endif %}
    {% if to_grant or to_revoke %}
      {#- revoke first: a later grant of the same privilege must win -#}
      {% set statements = get_dcl_statement_list(relation, to_revoke, get_revoke_sql)
          + get_dcl_statement_list(relation, to_grant, get_grant_sql) %}
      {% if statements %}
        {{ call_dcl_statements(statements) }}
      {% endif %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- Whether grants from before this run can still be on the relation. -#}
{% macro should_revoke(existing_relation, full_refresh_mode=True) %}
  {% if not existing_relation %}
    {{ return(False) }}
  {% elif full_refresh_mode %}
    {#- replaced: that depends on how the database replaces -#}
    {{ return(copy_grants()) }}
  {% endif %}
  {#- changed in place -#}
  {{ return(True) }}
{% endmacro %}


{% macro copy_grants() %}
  {{ return(adapter.dispatch('copy_grants', 'dbt')()) }}
{% endmacro %}

{#- True costs a query too many where it is wrong; false would leave grants standing. -#}
{% macro default__copy_grants() %}
  {{ return(True) }}
{% endmacro %}


{% macro support_multiple_grantees_per_dcl_statement() %}
  {{ return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) }}
{% endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() -%}
  {{ return(True) }}
{%- endmacro %}


{% macro get_show_grant_sql(relation) %}
  {{ return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) }}
{% endmacro %}

{% macro default__get_show_grant_sql(relation) %}
  show grants on {{ relation.render() }}
{% endmacro %}


{% macro get_grant_sql(relation, privilege, grantees) %}
  {{ return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) }}
{% endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}


{% macro get_revoke_sql(relation, privilege, grantees) %}
  {{ return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) }}
{% endmacro %}

{#- Names to revoke from come from the database, so they need quotes; names to grant to are as the user wrote them. -#}
{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
  {%- set names = [] -%}
  {%- for grantee in grantees -%}
    {%- do names.append(adapter.quote(grantee)) -%}
  {%- endfor -%}
  revoke {{ privilege }} on {{ relation.render() }} from {{ names | join(', ') }}
{%- endmacro %}


{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {{ return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) }}
{% endmacro %}

{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
  {%- set all_at_once = support_multiple_grantees_per_dcl_statement() -%}
  {%- set statements = [] -%}
  {%- for privilege, grantees in grant_config.items() if grantees -%}
    {%- if all_at_once -%}
      {%- do statements.append(get_dcl_macro(relation, privilege, grantees)) -%}
    {%- else -%}
      {%- for grantee in grantees -%}
        {%- do statements.append(get_dcl_macro(relation, privilege, [grantee])) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(statements) }}
{%- endmacro %}


{% macro call_dcl_statements(dcl_statement_list) %}
  {{ return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) }}
{% endmacro %}

{#- One round trip for all; an adapter that cannot run several statements at once overrides this. -#}
{% macro default__call_dcl_statements(dcl_statement_list) %}
  {% call statement('grants') %}
    {%- for dcl_statement in dcl_statement_list %}
      {{ dcl_statement }};
    {%- endfor %}
  {% endcall %}
{% endmacro %}
