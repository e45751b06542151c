select 1 as order_id, 7 as customer_id, date '2024-01-01' as ordered_on, 12.5 as amount, true as is_large
union all
select 2, 7, date '2024-01-02', 3.5, false
