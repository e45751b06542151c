{% snapshot snap_check %}{{ config(unique_key='id', strategy='check', check_cols=['amount', 'label']) }} select * from {{ ref('rows') }}{% endsnapshot %}
