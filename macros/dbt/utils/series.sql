{#- Rows out of nothing: numbers, and dates between two ends. -#}

{% macro get_powers_of_two(upper_bound) -%}
  {{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}
{%- endmacro %}

{#- The smallest power of two that reaches `upper_bound`, at least the first. -#}
{% macro default__get_powers_of_two(upper_bound) %}
  {% if upper_bound <= 0 %}
    {{ exceptions.raise_compiler_error("upper bound must be positive") }}
  {% endif %}
  {% for exponent in range(1, 100) if upper_bound <= 2 ** exponent %}
    {{ return(exponent) }}
  {% endfor %}
{% endmacro %}


{% macro generate_series(upper_bound) -%}
  {{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}
{%- endmacro %}

{#- Numbers from 1, as sums of binary digits: a cross join of as many two-row tables as the bound has digits. -#}
{% macro default__generate_series(upper_bound) %}
  {%- set digits = dbt.get_powers_of_two(upper_bound) -%}
  with p as (
    select 0 as generated_number union all select 1
  ), unioned as (
    select
      {% for digit in range(digits) %}
      p{{ digit }}.generated_number * power(2, {{ digit }}) {{ '+' if not loop.last }}
      {% endfor %}
      + 1 as generated_number
    from
      {% for digit in range(digits) %}
      p as p{{ digit }} {{ 'cross join' if not loop.last }}
      {% endfor %}
  )
  select *
  from unioned
  where generated_number <= {{ upper_bound }}
  order by generated_number
{% endmacro %}


{% macro get_intervals_between(start_date, end_date, datepart) -%}
  {{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{%- endmacro %}

{#- Asks the database, since the ends are SQL. While parsing there is no answer, and 1 keeps the callers going. -#}
{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
  {%- call statement('get_intervals_between', fetch_result=True) %}
    select {{ dbt.datediff(start_date, end_date, datepart) }}
  {%- endcall -%}
  {%- set result = load_result('get_intervals_between') -%}
  {{ return(result['data'][0][0] if result and result['data'] else 1) }}
{%- endmacro %}


{% macro date_spine(datepart, start_date, end_date) -%}
  {{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{%- endmacro %}

{#- One row for each period, from the start to the last that does not lie beyond the end. Dates are SQL expressions:
    date_spine("day", "cast('2024-01-01' as date)", "current_date"). -#}
{% macro default__date_spine(datepart, start_date, end_date) %}
  {%- set periods = dbt.get_intervals_between(start_date, end_date, datepart) -%}
  with rawdata as (
    {{ dbt.generate_series(periods) }}
  ),
  all_periods as (
    select (
      {{ dbt.dateadd(datepart, "row_number() over (order by 1) - 1", start_date) }}
    ) as date_{{ datepart }}
    from rawdata
  ),
  filtered as (
    select *
    from all_periods
    where date_{{ datepart }} <= {{ end_date }}
  )
  select * from filtered
{% endmacro %}
