{% snapshot snap_time %}{{ config(unique_key='id', strategy='timestamp', updated_at='changed_at') }} select * from {{ ref('rows') }}{% endsnapshot %}
