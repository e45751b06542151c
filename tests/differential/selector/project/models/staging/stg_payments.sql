select payment_id, order_id, {{ helpers.shout('kind') }} as kind from {{ ref('payments') }}
