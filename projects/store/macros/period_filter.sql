{#- The last days before `as_of_date`, that day included. -#}
{% macro in_last_days(column, days) %}
    {{- column }} > cast('{{ var("as_of_date") }}' as date) - interval '{{ days }}' day
    and {{ column }} <= cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}
