{% snapshot snap_time_invalidate %}{{ config(unique_key='id', strategy='timestamp', updated_at='changed_at', hard_deletes='invalidate') }} select * from {{ ref('rows') }}{% endsnapshot %}
