{% snapshot snap_missing %}{{ config(unique_key='id', strategy='elsewhere.nearly', updated_at='changed_at') }} select * from {{ ref('rows') }}{% endsnapshot %}
