select a, b from t
select * from t
select t.a from s.t
select d.s.t.a, s.t.b from d.s.t
SELECT "A b", T.c FROM "My Schema"."T"
select a from t where b = 1 group by c having max(d) > 0 order by e
select a as x, x + 1 as y from t order by y
select o.id, c.name from orders o join customers c on o.customer_id = c.id
select o.id, name from orders o left join customers c using (customer_id)
select * from a natural join b
with a as (select * from t) select x, y from a
with a as (select * from t), b as (select x from a) select * from b
with a as (select * from t) select * from a
with a as (select * exclude (z) from t) select x from a
with a as (select * replace (upper(n) as n) from t) select n, m from a
with a as (select * rename (n as k) from t) select k, m from a
with t as (select id from t) select id from t
with t as (select 1 as id) select * from (with t as (select 2 as id) select id from t) u, t
with recursive r as (select id, parent from tree where parent is null union all select tree.id, tree.parent from tree join r on tree.parent = r.id) select * from r
with recursive r(n) as (select 1 union all select n + 1 from r where n < 10) select n from r
with a(x, y) as (select p, q from t) select x from a
with a as materialized (select p from t) select * from a
with a as not materialized (select p from t) select p from a
select * from a union all select * from b
select x from a union select y from b order by 1
select * from a union all by name select * from b
with u as (select * from a union all by name select * from b) select x from u
select a from t where exists (select 1 from u where u.id = t.id)
select a from t where id in (select t_id from u)
select a, (select max(b) from u where u.k = t.k) from t
select count(*) from t
select count(*), sum(x) filter (where y > 1) from t
select distinct * from t
with a as (select distinct * from t) select x from a
select a, row_number() over (partition by b order by c desc) rn from t qualify rn = 1
select sum(a) over w from t window w as (partition by b order by c rows between 1 preceding and current row)
from t
from t select a, b where c > 1
from t where a = 1
from orders o join items i on o.id = i.order_id select o.id, i.sku
select * from 'data/x.parquet'
select a from read_parquet('x/*.parquet', union_by_name = true) where b > 1
select * from read_csv(['a.csv', 'b.csv'], delim = '|')
select * from range(10) r(i)
select i from generate_series(1, 3) s(i) join t on t.k = s.i
select u.x from t, unnest(t.items) u(x)
select t.a, l.m from t, lateral (select max(v) as m from u where u.k = t.k) l
select t.a, m from t cross join lateral (select u.b + t.b as m from u)
select * from (values (1, 'a'), (2, 'b')) v(id, name)
select * from t asof join p on t.sym = p.sym and t.ts >= p.ts
select t.ts, p.price from t asof left join p using (sym, ts)
select * from a positional join b
select l.a from l semi join r on l.id = r.id
select l.a from l anti join r using (id)
pivot sales on year using sum(amount) group by region
pivot sales on year in (2023, 2024) using sum(amount) as total, max(amount) as top
with s as (select year, amount from sales) pivot s on year using sum(amount)
select * from (pivot sales on year in (2023) using sum(amount)) p
select * from sales pivot (sum(amount) for year in (2023, 2024))
select * from sales pivot (sum(amount) for year in (2023, 2024) group by region)
unpivot t on jan, feb into name month value amount
from t unpivot (amount for month in (jan, feb))
select [x * 2 for x in l if x > k] from t
select list_transform(l, x -> x + k) from t
select list_filter(l, lambda x: x > k) from t
select list_reduce(l, (acc, x) -> acc + x) from t
select columns(*) from t
select min(columns(*)) from t
select columns('^a') from t
select columns(['a', 'b']) from t
select columns(* exclude (a)) from t
select columns(c -> c like 'a%') from t
select * like 'a%' from t
select * exclude a from t
select t.* exclude (a), u.b from t join u on t.id = u.id
select s.field.sub from t
select t.s.field from t
select s['field'], l[1], l[1:k] from t
select {'a': x, 'b': y}, map {'k': v}, struct_pack(p := q) from t
select s.* from t
select unnest(s), unnest(l, recursive := true) from t
select my_macro(a), other.my_macro(b) from t
select a.upper(), t.b.lower() from t
select * from my_table_macro('x', 1)
select a from t using sample 10%
select a from t tablesample reservoir(10 rows) repeatable (7)
select a from t using sample reservoir(50 percent) order by a
select a from t limit 10%
select a from t limit (select n from u)
select case when a = 1 then b else c end, coalesce(d, e), try_cast(f as int), g::varchar[] from t
select extract(year from d), date_trunc('month', e), interval 1 day + f, f at time zone 'UTC' from t
select sum(a = 1), count_if(b = c) from t
select a from t group by all order by all
select a, sum(b) from t group by grouping sets ((a), ())
select a, b, sum(c) from t group by cube (a, b)
select distinct on (a) a, b from t order by a, c
select a: b, c: d + 1 from t
select t from t
select count(t) from t
select x from t, u
select t.x from t, u where u.y = z
select #1 from t
select rowid, a from t
select a from (select b as a from t) s where s.a > 1
select q.a from (t join u on t.id = u.id) q
select * from a, (select max(x) as mx from b) m where a.y = m.mx
select string_agg(a, ',' order by b) from t
select max_by(a, b), arg_min(c, d, 3) from t
select a from t where (b, c) in (select x, y from u)
select a from t where b = any (select x from u)
select a from t where b between c and d and e not like 'x%' and f is distinct from g
select 'ä', b from t where c = 'ö' and d = 1
select $1, ?, a from t
select a from query_table('s.t')
select * from query('select 1')
table t
summarize t
describe select a from t
select 1
insert into t (a, b) select x, y from u
insert into t by name select x from u
insert or replace into t values (1)
create table d.s.t as select a from u
create or replace view v as with c as (select * from u) select a from c
update t set a = u.b from u where t.id = u.id
delete from t where id in (select id from u)
merge into t using u on t.id = u.id when matched then update set a = u.b when not matched then insert values (u.id, u.b)
copy t to 'x.parquet' (format parquet)
copy (select a from t) to 'x.csv'
copy t from 'x.csv'
drop table s.t
set threads = 1
select a from t; select b from u; nonsense here; select c from v
selec a from t
select a from t where
