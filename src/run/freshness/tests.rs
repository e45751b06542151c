use super::*;

#[test]
fn limits_are_exceeded_when_the_age_is_greater() {
    let limit = |count, period: &str| Some(FreshnessLimit { count: Some(count), period: Some(period.to_string()) });
    let asked = DateTime::from_timestamp(1_000_000, 0).expect("a time");
    let of_age =
        |seconds| SourceFreshness { max_loaded_at: asked - TimeDelta::seconds(seconds), snapshotted_at: asked };
    let limits = Freshness { warn_after: limit(1, "hour"), error_after: limit(1, "day"), filter: None };
    for (seconds, expected) in [
        (-5, NodeStatus::Pass),
        (3600, NodeStatus::Pass),
        (3601, NodeStatus::Warn),
        (86400, NodeStatus::Warn),
        (86401, NodeStatus::Error),
    ] {
        assert_eq!(of_age(seconds).status(&limits), expected, "{seconds}");
    }
    let halves =
        Freshness { warn_after: Some(FreshnessLimit { count: Some(1), period: None }), ..Freshness::default() };
    assert_eq!(of_age(86401).status(&halves), NodeStatus::Pass);
}
