{{ config(materialized='table') }} select {{ "error('model')" if var('broken', false) else 1 }} as one
