{% snapshot prices_block %}
    {{
        config(
            target_schema='kept',
            unique_key='sku',
            strategy='timestamp',
            updated_at='changed_at',
            invalidate_hard_deletes=True
        )
    }}
    select * from {{ ref('current_prices') }}
{% endsnapshot %}

{% snapshot prices_block_check %}
    {{ config(unique_key="sku || '-' || coalesce(colour, '')", strategy='check', check_cols=['price'], updated_at='changed_at') }}
    select sku, colour, price, changed_at
    from {{ ref('current_prices') }}
    where price is not null
{% endsnapshot %}

{#- A column more from the second month on. -#}
{% snapshot prices_growing %}
    {{ config(unique_key='sku', strategy='timestamp', updated_at='changed_at') }}
    select sku, price, changed_at{% if var('month') > 1 %}, colour{% endif %}
    from {{ ref('current_prices') }}
{% endsnapshot %}
