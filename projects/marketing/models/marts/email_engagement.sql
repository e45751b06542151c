{%- set steps = ['sent', 'opened', 'clicked', 'unsubscribed'] -%}

with events as (
    select * from {{ ref('fct_email_events') }}
)

select
    campaign_code,
    {%- for step in steps %}
    count(*) filter (where event_type = '{{ step }}') as {{ step }}_count,
    {%- endfor %}
    count(distinct customer_id) as customer_count
from events
group by campaign_code
