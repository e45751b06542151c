{% set methods = ['card', 'cash', 'gift_card', 'voucher'] %}

with payments as (

    select
        order_id,
        {% for method in methods -%}
        sum(case when method = '{{ method }}' then amount else 0 end) as {{ method }}_amount,
        {% endfor -%}
        sum(amount) as amount
    from {{ ref('stg_payments') }}
    group by order_id

)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_on,
    orders.state,
    {% for method in methods -%}
    coalesce(payments.{{ method }}_amount, 0) as {{ method }}_amount
    {%- if not loop.last %},{% endif %}
    {% endfor -%}
    , coalesce(payments.amount, 0) as amount
from {{ ref('stg_orders') }} as orders
left join payments using (order_id)
