select timestamp '2024-01-01' + to_hours(i::integer) as hour from range(24) as t(i)
