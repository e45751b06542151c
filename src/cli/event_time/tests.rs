use super::sample;
use crate::manifest::event_time::{parse_iso, python_text};

fn window(text: &str) -> Result<String, String> {
    let now = parse_iso("2025-03-31T02:03:00").unwrap();
    sample(text, now).map(|window| format!("{} .. {}", python_text(window.start), python_text(window.end)))
}

#[test]
fn samples_reach_back_from_now_or_stand_where_they_are_put() {
    let cases = [
        ("1 day", "2025-03-30 02:03:00+00:00 .. 2025-03-31 02:03:00+00:00"),
        ("2 HOURS", "2025-03-31 00:03:00+00:00 .. 2025-03-31 02:03:00+00:00"),
        ("1 month", "2025-02-28 02:03:00+00:00 .. 2025-03-31 02:03:00+00:00"),
        (
            "{'start': '2024-01-01', 'end': '2024-01-02 12:00:00'}",
            "2024-01-01 00:00:00+00:00 .. 2024-01-02 12:00:00+00:00",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(window(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn samples_that_are_none_are_refused_in_dbts_words() {
    let cases = [
        ("day", "Runtime Error\n  Cannot load SAMPLE_WINDOW from 'day'. Must be of form 'DAYS_INT GRAIN_SIZE'."),
        ("x day", "Runtime Error\n  Unable to convert 'x' to an integer."),
        (
            "1 week",
            "Runtime Error\n  Invalid grain size 'week'. Must be one of ['hour', 'day', 'month', 'year', 'hours', 'days', 'months', 'years'].",
        ),
        ("{start: '2024-01-01'}", "Field \"end\" of type datetime is missing in SampleWindow instance"),
    ];
    for (text, expected) in cases {
        assert_eq!(window(text), Err(expected.to_string()), "{text}");
    }
}
