select 1 as fresh
