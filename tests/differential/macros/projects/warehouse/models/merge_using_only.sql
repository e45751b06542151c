{{ config(materialized='incremental', incremental_strategy='merge', merge_on_using_columns=['id', 'amount'], merge_returning_columns=['id']) }} select * from {{ ref('rows') }}
