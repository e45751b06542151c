{#- the data of each round: rows change, come and go -#}
{{ config(materialized=var('kind')) }}
{%- set round = var('round') -%}
select * from (values
  (1, 10, 'a', timestamp '2024-01-01 00:00:00'),
  (2, 20 + {{ round }}, 'b', timestamp '2024-01-01 00:00:00' + interval '{{ round }} day'),
  {% if round not in (3, 4) %}(3, 30, 'c', timestamp '2024-01-02 00:00:00'),{% endif %}
  ({{ 100 + round }}, {{ round }}, null, timestamp '2024-02-01 00:00:00' + interval '{{ round }} day')
) as given(id, amount, label, changed_at)
-- a comment at the end
