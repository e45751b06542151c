//! Windows of time: the batches of microbatch models, and the sample of `--sample`.
//!
//! Owns the arithmetic of batches, which is that of dbt's `MicrobatchBuilder`. Never reads a clock.
//! Source: <https://docs.getdbt.com/docs/build/incremental-microbatch>.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde::de::Error;
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A time from `start` to just before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeWindow {
    /// The first moment in it.
    pub start: DateTime<Utc>,
    /// The first moment behind it.
    pub end: DateTime<Utc>,
}

impl TimeWindow {
    /// What lies in both windows; it ends before it begins where they do not touch.
    #[must_use]
    pub fn intersection(self, other: TimeWindow) -> TimeWindow {
        TimeWindow { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

impl Serialize for TimeWindow {
    /// The two times of ISO 8601 in a list, as `batch_results` of `run_results.json` has them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut both = serializer.serialize_seq(Some(2))?;
        both.serialize_element(&iso(self.start))?;
        both.serialize_element(&iso(self.end))?;
        both.end()
    }
}

impl<'de> Deserialize<'de> for TimeWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (start, end): (String, String) = Deserialize::deserialize(deserializer)?;
        let time = |text: &str| parse_iso(text).ok_or_else(|| D::Error::custom(format!("'{text}' is no time")));
        Ok(TimeWindow { start: time(&start)?, end: time(&end)? })
    }
}

/// Python's `isoformat()` of a time in UTC: fractions only where there are some.
pub fn iso(time: DateTime<Utc>) -> String {
    let fraction = if time.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    time.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}+00:00")).to_string()
}

/// Python's `str()` of a time in UTC, as dbt writes it into SQL.
pub fn python_text(time: DateTime<Utc>) -> String {
    iso(time).replacen('T', " ", 1)
}

/// The length of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BatchSize {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl BatchSize {
    /// All of them, shortest first.
    pub const ALL: [BatchSize; 4] = [BatchSize::Hour, BatchSize::Day, BatchSize::Month, BatchSize::Year];

    /// dbt's word.
    pub fn as_str(self) -> &'static str {
        match self {
            BatchSize::Hour => "hour",
            BatchSize::Day => "day",
            BatchSize::Month => "month",
            BatchSize::Year => "year",
        }
    }

    /// The size that dbt calls `word`.
    pub fn parse(word: &str) -> Option<Self> {
        BatchSize::ALL.into_iter().find(|size| size.as_str() == word)
    }

    /// The begin of the batch that `time` lies in.
    pub fn truncate(self, time: DateTime<Utc>) -> DateTime<Utc> {
        let day = time.date_naive();
        let date = match self {
            BatchSize::Hour | BatchSize::Day => Some(day),
            BatchSize::Month => day.with_day(1),
            BatchSize::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        };
        let hour = if self == BatchSize::Hour { time.hour() } else { 0 };
        date.and_then(|date| date.and_hms_opt(hour, 0, 0)).map_or(time, |naive| naive.and_utc())
    }

    /// The begin of the batch that is `count` batches behind that of `time`; `time` itself where the calendar ends.
    pub fn offset(self, time: DateTime<Utc>, count: i64) -> DateTime<Utc> {
        shift(self, self.truncate(time), count).unwrap_or(time)
    }

    /// The begin of the next batch, unless one begins at `time`.
    pub fn ceiling(self, time: DateTime<Utc>) -> DateTime<Utc> {
        if self.truncate(time) == time { time } else { self.offset(time, 1) }
    }

    /// The batches of a window; the last one ends where the window does.
    pub fn batches(self, window: TimeWindow) -> Vec<TimeWindow> {
        let mut batches = Vec::new();
        let mut start = window.start;
        loop {
            let end = self.offset(start, 1);
            if end >= window.end || end <= start {
                batches.push(TimeWindow { start, end: window.end });
                return batches;
            }
            batches.push(TimeWindow { start, end });
            start = end;
        }
    }

    /// The name of the batch that begins at `start`, as in names of files: `2020-01-03`, `2020-01-03T13`.
    pub fn label(self, start: DateTime<Utc>) -> String {
        let format = match self {
            BatchSize::Hour => "%Y-%m-%dT%H",
            BatchSize::Day => "%Y-%m-%d",
            BatchSize::Month => "%Y-%m",
            BatchSize::Year => "%Y",
        };
        start.format(format).to_string()
    }

    /// `batch.id`: the label without hyphens.
    pub fn batch_id(self, start: DateTime<Utc>) -> String {
        self.label(start).replace('-', "")
    }
}

impl fmt::Display for BatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `time` and `count` units, by the calendar: the last day of a shorter month stands for days that it does not have.
/// `None` where the calendar ends.
pub fn shift(unit: BatchSize, time: DateTime<Utc>, count: i64) -> Option<DateTime<Utc>> {
    let months = |per_unit: u32| u32::try_from(count.unsigned_abs()).ok()?.checked_mul(per_unit).map(Months::new);
    match unit {
        BatchSize::Hour => time.checked_add_signed(TimeDelta::try_hours(count)?),
        BatchSize::Day if count < 0 => time.checked_sub_days(Days::new(count.unsigned_abs())),
        BatchSize::Day => time.checked_add_days(Days::new(count.unsigned_abs())),
        BatchSize::Month if count < 0 => time.checked_sub_months(months(1)?),
        BatchSize::Month => time.checked_add_months(months(1)?),
        BatchSize::Year if count < 0 => time.checked_sub_months(months(12)?),
        BatchSize::Year => time.checked_add_months(months(12)?),
    }
}

/// A time as Python's `datetime.fromisoformat` reads it. What the clock shows is taken as UTC, whatever zone stands
/// behind it, as dbt does with `begin` and with the sample.
pub fn parse_iso(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Some(time.naive_local().and_utc());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    let day = ["%Y-%m-%d", "%Y%m%d"].into_iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok());
    day.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|time| time.and_utc())
}

/// What a model with `incremental_strategy: microbatch` says of its batches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Microbatch {
    /// When the first batch begins.
    pub begin: DateTime<Utc>,
    /// How long batches are.
    pub batch_size: BatchSize,
    /// How many batches before the current one are built again.
    pub lookback: i64,
    /// Whether batches run beside each other; unset, those of a model that does not read itself do.
    pub concurrent_batches: Option<bool>,
    /// Whether the model reads itself through `this`.
    pub reads_itself: bool,
}

/// Which batches of a model were built, and which were not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct BatchResults {
    /// Built.
    pub successful: Vec<TimeWindow>,
    /// Failed, or not come to.
    pub failed: Vec<TimeWindow>,
}

#[cfg(test)]
mod tests;
