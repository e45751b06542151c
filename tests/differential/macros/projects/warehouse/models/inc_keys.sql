{{ config(materialized='incremental', unique_key=['id', 'label'], incremental_predicates=['DBT_INCREMENTAL_TARGET.id < 1000'], indexes=[{'columns': ['id']}]) }} select * from {{ ref('rows') }}
