{{ config(tags='daily') }} select order_id, sum(1) as n from {{ ref('stg_payments') }} join {{ ref('fct_orders') }} using (order_id) group by 1
