{#- Rows that may be new since the last run: those of its last days again. -#}
{% macro since_last_run(column) %}
    {{- column }} >= (
        select max({{ column }}) - interval '{{ var("late_arrival_days") }}' day
        from {{ this }}
    )
{%- endmacro %}
