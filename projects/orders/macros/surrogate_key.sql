{#- One key from several columns; a null is not an empty string. -#}
{% macro surrogate_key(columns) %}
    md5(
        {%- for column in columns %}
        coalesce(cast({{ column }} as varchar), '_null_'){{ " || '-' ||" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
