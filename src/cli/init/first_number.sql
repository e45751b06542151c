-- ref() names another model, and lets it be built first.
select * from {{ ref('numbers') }}
where id = 1
