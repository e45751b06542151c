use super::{BatchSize, TimeWindow, parse_iso, python_text, shift};
use chrono::{DateTime, Utc};

fn time(text: &str) -> DateTime<Utc> {
    parse_iso(text).unwrap()
}

/// What dbt's own documentation of its functions shows.
#[test]
fn batches_begin_where_the_calendar_says() {
    let at = time("2024-09-17 16:06:00");
    let cases = [
        (BatchSize::Hour, "2024-09-17 16:00", "2024-09-17 15:00", "2024-09-17 17:00", "2024-09-17T16", "20240917T16"),
        (BatchSize::Day, "2024-09-17", "2024-09-16", "2024-09-18", "2024-09-17", "20240917"),
        (BatchSize::Month, "2024-09-01", "2024-08-01", "2024-10-01", "2024-09", "202409"),
        (BatchSize::Year, "2024-01-01", "2023-01-01", "2025-01-01", "2024", "2024"),
    ];
    for (size, truncated, before, after, label, id) in cases {
        assert_eq!(size.truncate(at), time(truncated), "{size}");
        assert_eq!(size.offset(at, -1), time(before), "{size}");
        assert_eq!(size.offset(at, 1), time(after), "{size}");
        assert_eq!(size.ceiling(at), time(after), "{size}");
        assert_eq!(size.ceiling(time(truncated)), time(truncated), "{size}");
        assert_eq!((size.label(at).as_str(), size.batch_id(at).as_str()), (label, id));
    }
}

#[test]
fn the_last_batch_ends_with_the_window() {
    let window = |start, end| TimeWindow { start: time(start), end: time(end) };
    let batches = BatchSize::Month.batches(window("2024-01-01", "2024-03-05"));
    let expected =
        [window("2024-01-01", "2024-02-01"), window("2024-02-01", "2024-03-01"), window("2024-03-01", "2024-03-05")];
    assert_eq!(batches, expected);
    assert_eq!(BatchSize::Day.batches(window("2024-01-05", "2024-01-01")), [window("2024-01-05", "2024-01-01")]);
}

#[test]
fn shorter_months_end_earlier() {
    assert_eq!(shift(BatchSize::Month, time("2024-01-31 16:06"), 1), Some(time("2024-02-29 16:06")));
    assert_eq!(shift(BatchSize::Year, time("2024-02-29 16:06"), 1), Some(time("2025-02-28 16:06")));
    assert_eq!(shift(BatchSize::Day, time("2024-03-01"), -1), Some(time("2024-02-29")));
    assert_eq!(shift(BatchSize::Year, time("2024-03-01"), i64::MAX), None);
}

#[test]
fn times_are_written_as_python_writes_them() {
    assert_eq!(python_text(time("2024-01-02")), "2024-01-02 00:00:00+00:00");
    assert_eq!(python_text(time("2024-01-02T03:04:05.5")), "2024-01-02 03:04:05.500000+00:00");
    assert_eq!(python_text(time("2024-01-02T03:04:05+02:00")), "2024-01-02 03:04:05+00:00");
    assert_eq!(parse_iso("tomorrow"), None);
}
