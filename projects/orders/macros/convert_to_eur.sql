{#- An amount in euro, rounded to cents, from the rate "euro for one unit". -#}
{% macro convert_to_eur(amount, eur_per_unit) %}
    cast(round({{ amount }} * {{ eur_per_unit }}, 2) as decimal(18, 2))
{%- endmacro %}
