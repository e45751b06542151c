{{
    config(
        materialized='table',
        pre_hook=[
            "create table if not exists {{ target.schema }}.cooked (name varchar)",
            {"sql": "delete from {{ target.schema }}.served where name = '{{ this.identifier }}'", "transaction": true}
        ]
    )
}}

select dish, ingredient, round(weight, 1) as weight, round(share, 3) as share
from {{ ref('shared') }}
