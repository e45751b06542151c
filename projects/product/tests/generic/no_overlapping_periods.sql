{#- Periods of one key must not overlap; an open end is null. -#}
{% test no_overlapping_periods(model, partition_by, valid_from='valid_from', valid_to='valid_to') %}

with periods as (
    select
        {{ partition_by | join(', ') }},
        {{ valid_from }} as valid_from,
        {{ valid_to }} as valid_to,
        lead({{ valid_from }}) over (
            partition by {{ partition_by | join(', ') }}
            order by {{ valid_from }}
        ) as next_valid_from
    from {{ model }}
)

select *
from periods
where
    valid_from >= valid_to
    or coalesce(valid_to, timestamp '9999-12-31') > next_valid_from

{% endtest %}
