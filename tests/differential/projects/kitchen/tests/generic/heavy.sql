{% test heavy(model, column_name, most=1000) %}
    {{ config(fail_calc='coalesce(sum(' ~ column_name ~ '), 0)::integer', severity='error') }}
    select {{ column_name }} from {{ model }} where {{ column_name }} > {{ most }}
{% endtest %}
