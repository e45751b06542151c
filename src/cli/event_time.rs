//! The times that a command line is about: `--event-time-start`, `--event-time-end`, `--sample`, and what counts as now.

use super::arguments::{Arguments, Stop};
use super::workspace;
use crate::manifest::event_time::{parse_iso, shift};
use crate::manifest::{BatchSize, TimeWindow};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// A time that stands for now in batches and samples: tests would not be repeatable without it.
const NOW: &str = "MESHBUILD_TEST_NOW";

/// Times by which rows are filtered.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventTimes {
    /// What counts as now.
    pub now: DateTime<Utc>,
    /// The batches to build.
    pub batches: Option<TimeWindow>,
    /// The rows to read.
    pub sample: Option<TimeWindow>,
}

impl EventTimes {
    /// What the command line says; `clock` is the time at which it was given.
    pub fn of(
        arguments: &Arguments,
        environment: &BTreeMap<String, String>,
        clock: DateTime<Utc>,
    ) -> Result<EventTimes, Stop> {
        let now = environment.get(NOW).and_then(|text| parse_iso(text)).unwrap_or(clock);
        let batches = batches(arguments)?;
        let sample = match arguments.event_time("sample") {
            None => None,
            Some(text) => {
                let sample = sample(text, now).map_err(|reason| arguments.invocation.invalid_sample(&reason))?;
                Some(sample)
            }
        };
        Ok(EventTimes { now, batches, sample })
    }
}

/// Both ends are given, or none is (`_validate_event_time_configs` of `dbt/cli/flags.py`).
fn batches(arguments: &Arguments) -> Result<Option<TimeWindow>, Stop> {
    let time = |name| arguments.event_time(name).and_then(parse_iso);
    let message = match (time("event_time_start"), time("event_time_end")) {
        (None, None) => return Ok(None),
        (Some(start), Some(end)) if start < end => return Ok(Some(TimeWindow { start, end })),
        (Some(_), Some(_)) => "Value for `--event-time-start` must be less than `--event-time-end`",
        (None, Some(_)) => {
            "The flag `--event-time-end` was specified, but `--event-time-start` was not. When specifying \
             `--event-time-end`, `--event-time-start` must also be present."
        }
        (Some(_), None) => {
            "The flag `--event-time-start` was specified, but `--event-time-end` was not. When specifying \
             `--event-time-start`, `--event-time-end` must also be present."
        }
    };
    Err(arguments.invocation.usage_error(message).into())
}

/// `3 days`, or a mapping with `start` and `end` (`SampleWindow` of dbt).
fn sample(text: &str, now: DateTime<Utc>) -> Result<TimeWindow, String> {
    match text.trim_start().starts_with('{') {
        true => mapped_sample(text),
        false => relative_sample(text, now).map_err(|reason| format!("Runtime Error\n  {reason}")),
    }
}

fn relative_sample(text: &str, now: DateTime<Utc>) -> Result<TimeWindow, String> {
    let words: Vec<&str> = text.split(' ').collect();
    let [count, grain] = words[..] else {
        return Err(format!("Cannot load SAMPLE_WINDOW from '{text}'. Must be of form 'DAYS_INT GRAIN_SIZE'."));
    };
    let number: i64 = count.parse().map_err(|_| format!("Unable to convert '{count}' to an integer."))?;
    let size = BatchSize::parse(grain.to_lowercase().trim_end_matches('s')).ok_or_else(|| {
        let sizes = BatchSize::ALL.map(|size| format!("'{size}'"));
        let plurals = BatchSize::ALL.map(|size| format!("'{size}s'"));
        format!("Invalid grain size '{grain}'. Must be one of [{}, {}].", sizes.join(", "), plurals.join(", "))
    })?;
    let start = number.checked_neg().and_then(|back| shift(size, now, back));
    start.map(|start| TimeWindow { start, end: now }).ok_or_else(|| format!("'{text}' is out of range"))
}

fn mapped_sample(text: &str) -> Result<TimeWindow, String> {
    let map = workspace::yaml_mapping(text).ok_or_else(|| format!("String '{text}' is not valid YAML"))?;
    let time = |name: &str| match map.get(name) {
        None => Err(format!("Field \"{name}\" of type datetime is missing in SampleWindow instance")),
        Some(value) => value.as_str().and_then(parse_iso).ok_or_else(|| {
            format!("Field \"{name}\" of type datetime in SampleWindow has invalid value {}", shown(value))
        }),
    };
    Ok(TimeWindow { start: time("start")?, end: time("end")? })
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'"))
}

#[cfg(test)]
mod tests;
