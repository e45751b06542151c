{% snapshot snap_time_record %}{{ config(unique_key='id', strategy='timestamp', updated_at='changed_at', hard_deletes='new_record') }} select * from {{ ref('rows') }}{% endsnapshot %}
