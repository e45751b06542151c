select date '2024-01-01' + (i::integer) as day, 'S' || (i % 2) as season from range(10) as t(i)
