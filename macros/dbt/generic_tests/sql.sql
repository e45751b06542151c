{#- The SQL of the four generic tests: each row returned is a failure. The names of their columns are part of the
    interface, since stored failures are tables with these columns. -#}

{% macro default__test_unique(model, column_name) %}
  select
    {{ column_name }} as unique_field,
    count(*) as n_records
  from {{ model }}
  where {{ column_name }} is not null
  group by {{ column_name }}
  having count(*) > 1
{% endmacro %}


{#- Whole rows help when failures are kept; counting needs one column only. -#}
{% macro default__test_not_null(model, column_name) %}
  select {{ '*' if should_store_failures() else column_name }}
  from {{ model }}
  where {{ column_name }} is null
{% endmacro %}


{#- One row a value. A null is no failure: that is the business of not_null. -#}
{% macro default__test_accepted_values(model, column_name, values, quote=True) %}
  {%- set literals = [] -%}
  {%- for value in values -%}
    {%- do literals.append("'" ~ value ~ "'" if quote else value) -%}
  {%- endfor -%}
  select value_field, n_records
  from (
    select
      {{ column_name }} as value_field,
      count(*) as n_records
    from {{ model }}
    group by {{ column_name }}
  ) as found_values
  where value_field not in ({{ literals | join(', ') }})
{% endmacro %}


{#- A null refers to nothing and passes. -#}
{% macro default__test_relationships(model, column_name, to, field) %}
  with child as (
    select {{ column_name }} as from_field
    from {{ model }}
    where {{ column_name }} is not null
  ),
  parent as (
    select {{ field }} as to_field
    from {{ to }}
  )
  select child.from_field
  from child
  left join parent on parent.to_field = child.from_field
  where parent.to_field is null
{% endmacro %}
