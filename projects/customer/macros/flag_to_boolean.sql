{#- 'Y' and 'N' as the registration form sends them; anything else is unknown. -#}
{% macro flag_to_boolean(column) %}
    case upper(trim({{ column }})) when 'Y' then true when 'N' then false end
{%- endmacro %}
