//! Levels of service: how old the rows of a model may be, and what else its owner promises about running it.
//!
//! Owns which direction of a level is the better one. A promise stands in `meta: mesh: sla:` in the form of the Open Data
//! Contract Standard (<https://bitol-io.github.io/open-data-contract-standard/latest/service-level-agreement/>):
//! `[{property: latency, value: 4, unit: h}]`. dbt's `freshness: {build_after: {count, period}}` of a model says how old its
//! rows may be where no latency is written.

use crate::manifest::Node;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// The property that says how old rows may be.
pub const LATENCY: &str = "latency";
/// Less is better for these, and more for [`MORE_IS_BETTER`]; of any other property no change is known to be harmless.
const LESS_IS_BETTER: [&str; 6] = [LATENCY, "frequency", "timetodetect", "timetonotify", "timetorepair", "errorrate"];
/// Dates are of these: a later day is better.
const MORE_IS_BETTER: [&str; 5] = ["availability", "throughput", "retention", "endofsupport", "endoflife"];

/// How far a promise goes: a number with its unit, or a text such as a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// The number or text as written.
    value: Value,
    /// The unit as written.
    unit: Option<String>,
}

/// Two levels of one property compared, from the side of readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// Nothing differs.
    Same,
    /// The second promises at least as much, and more.
    Better,
    /// The second promises less, or something that cannot be compared.
    Worse,
}

impl Level {
    /// A level in minutes, hours or days, as dbt writes it: `{count: 4, period: hour}`.
    pub fn of_period(written: &Value) -> Option<Level> {
        let (count, period) = (written.get("count")?, written.get("period")?.as_str()?);
        let level = Level { value: count.clone(), unit: Some(period.to_string()) };
        level.minutes().is_some().then_some(level)
    }

    pub(super) fn of_property(written: &Value) -> Option<(String, Level)> {
        let property = written.get("property")?.as_str()?.to_string();
        let unit = written.get("unit").and_then(Value::as_str).map(str::to_string);
        Some((property, Level { value: written.get("value")?.clone(), unit }))
    }

    /// The length of time in minutes, where it is one.
    fn minutes(&self) -> Option<f64> {
        let minutes = match self.unit.as_deref()?.to_lowercase().as_str() {
            "minute" | "minutes" | "min" => 1.0,
            "hour" | "hours" | "h" | "hr" => 60.0,
            "day" | "days" | "d" => 24.0 * 60.0,
            "week" | "weeks" | "w" => 7.0 * 24.0 * 60.0,
            "year" | "years" | "y" | "yr" => 365.0 * 24.0 * 60.0,
            _ => return None,
        };
        Some(number(&self.value)? * minutes)
    }

    fn compared(&self, other: &Level) -> Option<Ordering> {
        if let (Some(one), Some(two)) = (self.minutes(), other.minutes()) {
            return one.partial_cmp(&two);
        }
        if self.unit != other.unit {
            return None;
        }
        match (number(&self.value), number(&other.value)) {
            (Some(one), Some(two)) => one.partial_cmp(&two),
            // Days are written year first: their order is that of the text.
            _ => Some(self.value.as_str()?.cmp(other.value.as_str()?)),
        }
    }

    /// What it means to the readers of `property` that this level became `now`.
    pub fn shift(&self, now: &Level, property: &str) -> Shift {
        if self == now {
            return Shift::Same;
        }
        let property = property.to_lowercase();
        let (less, more) = (LESS_IS_BETTER.contains(&&*property), MORE_IS_BETTER.contains(&&*property));
        match now.compared(self) {
            Some(Ordering::Equal) => Shift::Same,
            Some(Ordering::Less) if less => Shift::Better,
            Some(Ordering::Greater) if more => Shift::Better,
            _ => Shift::Worse,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::String(text) => f.write_str(text)?,
            other => other.fmt(f)?,
        }
        self.unit.iter().try_for_each(|unit| write!(f, " {unit}"))
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim_end_matches('%').trim().parse().ok())
}

/// The levels that a node promises, by property.
pub fn levels(node: &Node) -> BTreeMap<String, Level> {
    let written = node.config.meta.get("mesh").and_then(|mesh| mesh.get("sla")).and_then(Value::as_array);
    let mut levels: BTreeMap<String, Level> = written.into_iter().flatten().filter_map(Level::of_property).collect();
    let built_after =
        node.config.get("freshness").and_then(|freshness| Level::of_period(freshness.get("build_after")?));
    if let Some(level) = built_after {
        levels.entry(LATENCY.to_string()).or_insert(level);
    }
    levels
}
