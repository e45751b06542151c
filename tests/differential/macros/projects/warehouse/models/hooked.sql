{{ config(
    materialized='table',
    pre_hook=["insert into hook_log values ('begun')", {'sql': "insert into hook_log values ('before')", 'transaction': false}],
    post_hook=["insert into hook_log select 'rows: ' || count(*) from {{ this }}", after_commit("insert into hook_log values ('after')"),
               "{% if var('broken', false) %}select error('hook'){% endif %}"]) }}
select * from {{ ref('rows') }}
