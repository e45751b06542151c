{#- A timestamp without time zone, read as local time of the zone in a column. -#}
{% macro local_to_utc(timestamp_column, zone_column) %}
    ({{ timestamp_column }} at time zone {{ zone_column }}) at time zone 'UTC'
{%- endmacro %}
