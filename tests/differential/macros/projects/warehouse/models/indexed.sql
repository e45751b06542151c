{{ config(materialized='table', indexes=[{'columns': ['id']}, {'columns': ['id', 'n'], 'unique': true}]) }} select id, 1 as n from {{ ref('an_ephemeral') }}
