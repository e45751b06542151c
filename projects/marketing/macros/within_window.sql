{#- Whether an event lies in the days before another one. -#}
{% macro within_window(event_at, before, days) %}
    {{- event_at }} <= {{ before }}
    and {{ event_at }} > {{ before }} - interval '{{ days }}' day
{%- endmacro %}
