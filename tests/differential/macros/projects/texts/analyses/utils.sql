-- case concat
{{ dbt.concat(['a', "'b'", 'c']) }}
-- case length
{{ dbt.length('x') }}
-- case position
{{ dbt.position("'a'", 'x') }}
-- case replace
{{ dbt.replace('x', "'a'", "'b'") }}
-- case right
{{ dbt.right('x', 3) }}
-- case split_part
{{ dbt.split_part('x', "'|'", 2) }}
-- case split_part_negative
{{ dbt._split_part_negative('x', "'|'", -1) }}
-- case hash
{{ dbt.hash('x') }}
-- case string_literal
{{ dbt.string_literal(dbt.escape_single_quotes("they're")) }}
-- case cast
{{ dbt.cast('x', dbt.type_int()) }} {{ dbt.safe_cast("'x'", 'date') }} {{ dbt.cast_bool_to_text('b') }}
-- case equals
{{ dbt.equals('a', 'b') }}
-- case aggregates
{{ dbt.any_value('x') }} {{ dbt.bool_or('x') }}
-- case listagg
{{ dbt.listagg('x') }}
-- case listagg ordered
{{ dbt.listagg('x', "'; '", 'order by y') }}
-- case listagg limited
{{ dbt.listagg('x', "'; '", 'order by y', 2) }} {{ dbt.listagg('x', "'; '", none, 2) }}
-- case default listagg
{{ dbt.default__listagg('x', "','", 'order by y', 2) }} {{ dbt.default__listagg('x', "','", 'order by y', none) }}
-- case arrays
{{ dbt.array_construct([1, 2]) }} {{ dbt.array_construct() }} {{ dbt.array_construct([], 'text') }}
{{ dbt.array_append('a', 1) }} {{ dbt.array_concat('a', 'b') }}
-- case sets
{{ dbt.except() }} {{ dbt.intersect() }}
-- case types
{{ dbt.type_string() }} {{ dbt.type_timestamp() }} {{ dbt.type_float() }} {{ dbt.type_numeric() }}
{{ dbt.type_bigint() }} {{ dbt.type_int() }} {{ dbt.type_boolean() }}
-- case date
{{ dbt.date(2024, 2, 29) }} {{ dbt.default__date(2024, 2, 29) }}
-- case date_trunc
{{ dbt.date_trunc('month', 'd') }}
{% for part in ['day', 'week', 'month', 'quarter', 'year', 'hour', 'DAY'] %}
-- case dateadd {{ part }}
{{ dbt.dateadd(part, 'n + 1', 'd') }} {{ dbt.default__dateadd(part, 1, 'd') }}
-- case datediff {{ part }}
{{ dbt.datediff('a', 'b', part) }} {{ dbt.default__datediff('a', 'b', part) }}
-- case last_day {{ part }}
{{ dbt.last_day('d', part) }}
{% endfor %}
-- case generate_series
{{ dbt.generate_series(7) }}
-- case default generate_series
{{ dbt.default__generate_series(7) }}
-- case powers of two
{% for n in [1, 2, 3, 4, 5, 1000] %}{{ dbt.get_powers_of_two(n) }} {% endfor %}
-- case date_spine
{{ dbt.date_spine('day', "cast('2024-01-01' as date)", "cast('2024-01-10' as date)") }}
-- case timestamps
{{ dbt.current_timestamp() }} {{ dbt.snapshot_get_time() }} {{ dbt.snapshot_string_as_time('2024-01-01') }}
{{ dbt.current_timestamp_backcompat() }} {{ dbt.current_timestamp_in_utc_backcompat() }}
