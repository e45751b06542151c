with campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

spend as (
    select
        campaign_code,
        sum(amount_eur) as spend_eur,
        sum(impressions) as impressions,
        sum(clicks) as clicks
    from {{ ref('fct_ad_spend') }}
    group by campaign_code
),

revenue as (
    select
        campaign_code,
        count(*) as order_count,
        sum(net_amount_eur) as revenue_eur
    from {{ ref('attributed_orders') }}
    group by campaign_code
)

select
    campaigns.campaign_code,
    campaigns.channel,
    campaigns.budget_eur,
    cast(coalesce(spend.spend_eur, 0) as decimal(18, 2)) as spend_eur,
    cast(coalesce(spend.impressions, 0) as bigint) as impressions,
    cast(coalesce(spend.clicks, 0) as bigint) as clicks,
    coalesce(revenue.order_count, 0) as order_count,
    cast(coalesce(revenue.revenue_eur, 0) as decimal(18, 2)) as revenue_eur,
    cast(revenue.revenue_eur / nullif(spend.spend_eur, 0) as decimal(18, 4)) as return_on_ad_spend
from campaigns
left join spend on campaigns.campaign_code = spend.campaign_code
left join revenue on campaigns.campaign_code = revenue.campaign_code
