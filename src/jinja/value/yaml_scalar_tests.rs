use chrono::NaiveDate;

use super::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

#[test]
fn scalars_mean_what_pyyaml_says() {
    let cases = [
        ("", Scalar::Null),
        ("~", Scalar::Null),
        ("NULL", Scalar::Null),
        ("nULL", Scalar::String),
        ("yes", Scalar::Bool(true)),
        ("off", Scalar::Bool(false)),
        ("y", Scalar::String),
        ("0", Scalar::Int(0)),
        ("-0", Scalar::Int(0)),
        ("010", Scalar::Int(8)),
        ("0o10", Scalar::String),
        ("08", Scalar::String),
        ("0b11", Scalar::Int(3)),
        ("0x1F", Scalar::Int(31)),
        ("-0x1F", Scalar::Int(-31)),
        ("1_000", Scalar::Int(1000)),
        ("12:30", Scalar::Int(750)),
        ("1:30:00", Scalar::Int(5400)),
        ("1:60", Scalar::String),
        ("-12:30", Scalar::Int(-750)),
        ("1:30.5", Scalar::Float(90.5)),
        ("1e3", Scalar::String),
        ("1.5e3", Scalar::String),
        ("1e+3", Scalar::String),
        ("1.5e+3", Scalar::Float(1500.0)),
        ("1.", Scalar::Float(1.0)),
        (".5", Scalar::Float(0.5)),
        ("-.5", Scalar::String),
        ("-1.5", Scalar::Float(-1.5)),
        ("-.inf", Scalar::Float(f64::NEG_INFINITY)),
        ("1.2.3", Scalar::String),
        ("+", Scalar::String),
        ("-", Scalar::String),
        ("<<", Scalar::Merge),
        ("=", Scalar::Value),
        ("2024-01-31", Scalar::Date(day(2024, 1, 31))),
        ("2024-1-31", Scalar::String),
        ("2024-13-01", Scalar::Invalid("month must be in 1..12".into())),
        ("2024-02-30", Scalar::Invalid("day is out of range for month".into())),
        ("9223372036854775807", Scalar::Int(i64::MAX)),
        ("9223372036854775808", Scalar::BigInt(BigInt::from(9_223_372_036_854_775_808_u64))),
    ];
    for (plain, expected) in cases {
        assert_eq!(resolve(plain), expected, "{plain}");
    }
}

#[test]
fn times_keep_their_offset() {
    let at =
        |hour, minute, second, micro| day(2001, 12, 14).and_hms_micro_opt(hour, minute, second, micro).expect("time");
    let cases = [
        ("2001-12-14t21:59:43.10-05:00", at(21, 59, 43, 100_000), Some(-18000)),
        ("2001-12-14 21:59:43.10 -5", at(21, 59, 43, 100_000), Some(-18000)),
        ("2001-12-14 1:59:43Z", at(1, 59, 43, 0), Some(0)),
        ("2001-12-14 21:59:43.1234567", at(21, 59, 43, 123_456), None),
    ];
    for (plain, local, offset) in cases {
        assert_eq!(resolve(plain), Scalar::DateTime { local, offset }, "{plain}");
    }
    assert_eq!(resolve("2001-12-14 21:59"), Scalar::String);
    assert_eq!(resolve("2001-12-14 25:59:00"), Scalar::Invalid("hour must be in 0..23".into()));
}
