{{ config(materialized='table', tags=['nightly'], persist_docs={'relation': true, 'columns': true}) }}

-- depends_on: {{ ref('ingredients') }}
select ingredient, sum(grams) as grams, bool_and(fresh) as fresh
from {{ source('larder', 'stock') }}
group by ingredient
