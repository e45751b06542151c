{{ config(store_failures_as='view') }}
select dish from {{ ref('published') }} where dish = 'cake'
