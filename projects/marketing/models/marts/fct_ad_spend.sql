{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='spend_id',
        on_schema_change='append_new_columns'
    )
}}

with spend as (
    select * from {{ ref('int_ad_spend_eur') }}
)

select
    spend_id,
    campaign_code,
    platform,
    spend_date,
    currency_code,
    amount,
    amount_eur,
    impressions,
    clicks,
    amount < 0 as is_credit
from spend
{% if is_incremental() %}
-- Platforms restate the last days of an invoice.
where spend_date >= (select max(spend_date) - interval 3 day from {{ this }})
{% endif %}
