{% test dbt_valid_from_comes_first(model) %}
select * from {{ model }} where dbt_valid_to < dbt_valid_from
{% endtest %}
