{% snapshot snap_check_all %}{{ config(unique_key=['id', 'label'], strategy='check', check_cols='all', hard_deletes='invalidate') }} select * from {{ ref('rows') }}{% endsnapshot %}
