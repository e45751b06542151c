{%- set milestones = ['placed', 'shipped', 'delivered', 'cancelled'] -%}

with events as (
    select * from {{ ref('stg_order_events') }}
)

select
    order_id,
    {%- for milestone in milestones %}
    min(occurred_at) filter (where event_type = '{{ milestone }}') as {{ milestone }}_at,
    {%- endfor %}
    max(carrier) as carrier
from events
group by order_id
