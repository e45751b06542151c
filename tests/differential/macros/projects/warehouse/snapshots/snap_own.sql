{% snapshot snap_own %}{{ config(unique_key='id', strategy='nearly', updated_at='changed_at') }} select * from {{ ref('rows') }}{% endsnapshot %}
