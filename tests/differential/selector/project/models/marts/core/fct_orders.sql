select o.*, c.name from {{ ref('int_paid_orders') }} o join {{ ref('dim_customers') }} c using (customer_id)
