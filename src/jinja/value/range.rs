//! Python's `range`, with the limit that Jinja2's sandbox sets.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use super::error::{Outcome, error};
use super::undefined::undefined_item;

/// The largest range that Jinja2's sandbox lets a template make.
const MAX_RANGE: i64 = 100_000;

/// Python's `range` object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    start: i64,
    stop: i64,
    step: i64,
}

impl Range {
    /// A range of whole numbers from `start` to before `stop`.
    ///
    /// # Errors
    /// A step of zero, or more items than Jinja2's sandbox allows.
    pub fn new(start: i64, stop: i64, step: i64) -> Outcome<Range> {
        if step == 0 {
            return Err(error("range() arg 3 must not be zero"));
        }
        let range = Range { start, stop, step };
        if range.len() > MAX_RANGE as usize {
            return Err(error(format!(
                "Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MAX_RANGE})."
            )));
        }
        Ok(range)
    }

    /// How many numbers it has.
    pub fn len(&self) -> usize {
        let (span, step) = (i128::from(self.stop) - i128::from(self.start), i128::from(self.step));
        if span.signum() != step.signum() {
            return 0;
        }
        usize::try_from((span.abs() + step.abs() - 1) / step.abs()).unwrap_or(usize::MAX)
    }

    /// Whether it has no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at this position.
    fn at(&self, index: usize) -> i64 {
        self.start + index as i64 * self.step
    }

    /// All its numbers.
    pub fn numbers(&self) -> Vec<Value> {
        (0..self.len()).map(|index| Value::from(self.at(index))).collect()
    }

    /// The part that a slice of these bounds selects.
    pub(crate) fn slice(&self, start: i64, stop: i64, step: i64) -> Range {
        let at = |index: i64| self.start + index * self.step;
        Range { start: at(start), stop: at(stop), step: self.step * step }
    }
}

impl Object for Range {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_usize() {
            Some(index) if index < self.len() => Some(Value::from(self.at(index))),
            _ => Some(undefined_item("range", key)),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let range = **self;
        Enumerator::Iter(Box::new((0..range.len()).map(move |index| Value::from(range.at(index)))))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.step == 1 {
            write!(formatter, "range({}, {})", self.start, self.stop)
        } else {
            write!(formatter, "range({}, {}, {})", self.start, self.stop, self.step)
        }
    }
}
