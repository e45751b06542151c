//! Python's operators on values: `+ - * / // % **`, `~`, slices, and walking over a value.

use minijinja::Error;
use minijinja::value::{Value, ValueKind};

use super::error::{Outcome, error, undefined_error, unsupported};
use super::number::{Number, Operation, calculate, negated};
use super::text::write_str;
use super::{
    DictView, Generator, PyDict, PyList, PySet, Range, ViewKind, decimal, is_undefined, list, set, temporal, text_of,
    tuple, type_name, undefined_message,
};

/// The longest sequence that a repetition may make.
const MAX_REPEATED: usize = 50_000_000;

/// `left operation right`.
///
/// # Errors
/// Operands that the operator does not take, division by zero; Python's texts.
pub fn operate(operation: Operation, left: &Value, right: &Value) -> Outcome {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return calculate(operation, left, right).map(Number::into_value);
    }
    if let Some(outcome) = match operation {
        Operation::Add => add(left, right),
        Operation::Multiply => multiply(left, right),
        Operation::Subtract => subtract(left, right),
        Operation::Modulo => text_of(left).map(|format| super::percent::format(format, right)),
        _ => None,
    } {
        return outcome;
    }
    if let Some(outcome) = decimal::calculate(operation, left, right) {
        return outcome;
    }
    if let Some(outcome) = temporal::calculate(operation, left, right) {
        return outcome;
    }
    Err(unsupported_operands(operation.symbol(), left, right))
}

fn unsupported_operands(symbol: &str, left: &Value, right: &Value) -> Error {
    let (left_type, right_type) = (type_name(left), type_name(right));
    let message = || format!("unsupported operand type(s) for {symbol}: '{left_type}' and '{right_type}'");
    if is_undefined(left) { unsupported(left, message) } else { unsupported(right, message) }
}

fn add(left: &Value, right: &Value) -> Option<Outcome> {
    if let Some(first) = text_of(left) {
        return match text_of(right) {
            Some(_) if left.is_safe() || right.is_safe() => Some(Ok(add_markup(left, right))),
            Some(second) => {
                let mut joined = String::with_capacity(first.len() + second.len());
                joined.push_str(first);
                joined.push_str(second);
                Some(Ok(Value::from(joined)))
            }
            None => Some(Err(cannot_concatenate("str", right))),
        };
    }
    match type_name(left) {
        name @ ("list" | "tuple") if type_name(right) == name => {
            let joined = iterate(left).and_then(|mut items| {
                items.extend(iterate(right)?);
                Ok(items)
            });
            Some(joined.map(|items| if name == "list" { list(items) } else { tuple(items) }))
        }
        name @ ("list" | "tuple") => Some(Err(cannot_concatenate(name, right))),
        _ => None,
    }
}

fn cannot_concatenate(name: &str, right: &Value) -> Error {
    unsupported(right, || format!("can only concatenate {name} (not \"{}\") to {name}", type_name(right)))
}

/// Text that is marked as HTML escapes what it is joined with.
fn add_markup(left: &Value, right: &Value) -> Value {
    let mut out = String::new();
    for part in [left, right] {
        let text = text_of(part).unwrap_or_default();
        match part.is_safe() {
            true => out.push_str(text),
            false => super::html::escape_into(&mut out, text),
        }
    }
    Value::from_safe_string(out)
}

fn multiply(left: &Value, right: &Value) -> Option<Outcome> {
    let is_sequence = |value: &Value| text_of(value).is_some() || matches!(type_name(value), "list" | "tuple");
    let (sequence, count) = match (is_sequence(left), is_sequence(right)) {
        (true, _) => (left, right),
        (false, true) => (right, left),
        _ => return None,
    };
    let times = match Number::of(count) {
        Some(Number::Int(times)) => usize::try_from(times.max(0)).unwrap_or(usize::MAX),
        _ => {
            let message = || format!("can't multiply sequence by non-int of type '{}'", type_name(count));
            return Some(Err(unsupported(count, message)));
        }
    };
    Some(repeat(sequence, times))
}

fn repeat(sequence: &Value, times: usize) -> Outcome {
    let fits = |length: usize| match length.checked_mul(times) {
        Some(total) if total <= MAX_REPEATED => Ok(()),
        _ => Err(error("cannot fit 'int' into an index-sized integer")),
    };
    if let Some(text) = text_of(sequence) {
        fits(text.len())?;
        return Ok(Value::from(text.repeat(times)));
    }
    let items = iterate(sequence)?;
    fits(items.len())?;
    let mut repeated = Vec::with_capacity(items.len() * times);
    for _ in 0..times {
        repeated.extend(items.iter().cloned());
    }
    Ok(if sequence.is_tuple() { tuple(repeated) } else { list(repeated) })
}

/// `-` of sets and of views of keys and items.
fn subtract(left: &Value, right: &Value) -> Option<Outcome> {
    let is_view =
        |value: &Value| value.downcast_object_ref::<DictView>().is_some_and(|view| view.kind != ViewKind::Values);
    let is_set = |value: &Value| value.downcast_object_ref::<PySet>().is_some();
    if !(is_view(left) || is_set(left) && (is_set(right) || is_view(right))) {
        return None;
    }
    let difference = iterate(right).and_then(|removed| {
        let removed: indexmap::IndexSet<Value> = removed.into_iter().collect();
        Ok(iterate(left)?.into_iter().filter(|item| !removed.contains(item)).collect())
    });
    Some(difference.map(set))
}

/// `-value`
///
/// # Errors
/// A value that has no opposite.
pub fn negate(value: &Value) -> Outcome {
    match Number::of(value) {
        Some(number) => Ok(negated(number).into_value()),
        None => decimal::negate(value).or_else(|| temporal::negate(value)).ok_or_else(|| bad_operand("-", value)),
    }
}

/// `+value`
///
/// # Errors
/// A value that is no number.
pub fn positive(value: &Value) -> Outcome {
    match Number::of(value) {
        Some(number) => Ok(number.into_value()),
        None if decimal::is_decimal(value) || type_name(value) == "datetime.timedelta" => Ok(value.clone()),
        None => Err(bad_operand("+", value)),
    }
}

fn bad_operand(symbol: &str, value: &Value) -> Error {
    unsupported(value, || format!("bad operand type for unary {symbol}: '{}'", type_name(value)))
}

/// `first ~ rest...`
pub fn concat(first: &Value, rest: &[Value]) -> Value {
    let mut out = String::with_capacity(32);
    write_str(&mut out, first);
    for value in rest {
        write_str(&mut out, value);
    }
    Value::from(out)
}

/// The items that Python's `iter(value)` gives, all at once. Iterators that can be read once are read by this.
///
/// # Errors
/// A value that cannot be iterated.
pub fn iterate(value: &Value) -> Outcome<Vec<Value>> {
    if let Some(list) = value.downcast_object_ref::<PyList>() {
        return Ok(list.snapshot());
    }
    if let Some(dict) = value.downcast_object_ref::<PyDict>() {
        return Ok(dict.entries().keys().cloned().collect());
    }
    if let Some(generator) = value.downcast_object_ref::<Generator>() {
        return generator.take();
    }
    match value.kind() {
        ValueKind::String => Ok(text_of(value).unwrap_or_default().chars().map(Value::from).collect()),
        ValueKind::Bytes => Ok(value.as_bytes().unwrap_or_default().iter().map(|byte| Value::from(*byte)).collect()),
        ValueKind::None | ValueKind::Number | ValueKind::Bool => Err(not_iterable(value)),
        _ => match value.try_iter() {
            Ok(items) => items.map(valid).collect(),
            Err(_) => Err(not_iterable(value)),
        },
    }
}

/// minijinja hands errors of an iteration over as invalid values.
fn valid(value: Value) -> Outcome {
    match value.kind() {
        ValueKind::Invalid => Err(error(value.to_string())),
        _ => Ok(value),
    }
}

fn not_iterable(value: &Value) -> Error {
    error(format!("'{}' object is not iterable", type_name(value)))
}

/// The value with new lists, dicts, sets and tuples all the way down.
///
/// Jinja2 writes a constant expression anew into its code, so that `[[]] * 2` there holds two lists.
///
/// # Errors
/// A value that holds itself.
pub fn deep_copy(value: &Value) -> Outcome {
    fn copy(value: &Value, depth: usize) -> Outcome {
        if depth > 200 {
            return Err(error("maximum recursion depth exceeded"));
        }
        let items = |items: Vec<Value>| items.iter().map(|item| copy(item, depth + 1)).collect::<Outcome<Vec<_>>>();
        if let Some(found) = value.downcast_object_ref::<PyList>() {
            return items(found.snapshot()).map(list);
        }
        if let Some(found) = value.downcast_object_ref::<PyDict>() {
            let entries = found.snapshot().into_iter().map(|(key, item)| Ok((key, copy(&item, depth + 1)?)));
            return entries.collect::<Outcome<_>>().map(super::dict);
        }
        if value.is_tuple() { items(iterate(value)?).map(tuple) } else { Ok(value.clone()) }
    }
    copy(value, 0)
}

/// What a `for` loop walks over in place of `value`: the same, or a list where minijinja would walk otherwise.
///
/// # Errors
/// A value that cannot be iterated.
pub fn loop_over(value: &Value) -> Outcome {
    match value.kind() {
        ValueKind::String | ValueKind::Bytes => iterate(value).map(list),
        ValueKind::None | ValueKind::Number | ValueKind::Bool => Err(not_iterable(value)),
        ValueKind::Plain if value.try_iter().is_err() => Err(not_iterable(value)),
        // Taken out of the iterator, so that the loop knows its length as Jinja2's does.
        _ => match value.downcast_object_ref::<Generator>() {
            Some(generator) if !generator.is_endless() => generator.take().map(list),
            _ => Ok(value.clone()),
        },
    }
}

/// Python's `len(value)`.
///
/// # Errors
/// A value without a length.
pub fn length(value: &Value) -> Outcome<usize> {
    if is_undefined(value) {
        return Ok(0);
    }
    value.len().ok_or_else(|| error(format!("object of type '{}' has no len()", type_name(value))))
}

/// The bounds of a slice, `None` where they were left out.
struct Slice {
    start: Option<i64>,
    stop: Option<i64>,
    step: i64,
}

impl Slice {
    fn new(start: &Value, stop: &Value, step: &Value) -> Outcome<Slice> {
        let bound = |value: &Value| match Number::of(value) {
            _ if value.is_none() => Ok(None),
            Some(Number::Int(number)) => {
                // Anything beyond the length acts as the length; half the range keeps sums from overflowing.
                let limit = i128::from(i64::MAX / 4);
                Ok(Some(number.clamp(-limit, limit) as i64))
            }
            _ => Err(error("slice indices must be integers or None or have an __index__ method")),
        };
        let (start, stop) = (bound(start)?, bound(stop)?);
        match bound(step)?.unwrap_or(1) {
            0 => Err(error("slice step cannot be zero")),
            step => Ok(Slice { start, stop, step }),
        }
    }

    /// First position, the position before which to end, and how many are taken, in a sequence of `length`.
    fn over(&self, length: usize) -> (i64, i64, usize) {
        let length = i64::try_from(length).unwrap_or(i64::MAX / 4);
        let (low, high) = if self.step > 0 { (0, length) } else { (-1, length - 1) };
        let place = |bound: i64| (if bound < 0 { bound + length } else { bound }).clamp(low, high);
        let (first, last) = if self.step > 0 { (low, high) } else { (high, low) };
        let start = self.start.map_or(first, place);
        let stop = self.stop.map_or(last, place);
        let span = if self.step > 0 { stop - start } else { start - stop };
        let count = if span <= 0 { 0 } else { (span - 1) / self.step.abs() + 1 };
        (start, stop, count as usize)
    }

    fn positions(&self, length: usize) -> impl Iterator<Item = usize> + use<> {
        let (start, _, count) = self.over(length);
        let step = self.step;
        (0..count as i64).map(move |index| (start + index * step) as usize)
    }
}

/// `value[start:stop:step]`; bounds that were left out are `none`.
///
/// # Errors
/// A value that cannot be sliced, bounds that are no whole numbers, a step of zero.
pub fn slice(value: &Value, start: &Value, stop: &Value, step: &Value) -> Outcome {
    if is_undefined(value) {
        return match value.downcast_object_ref::<super::Undefined>() {
            Some(undefined) if undefined.chainable => Ok(value.clone()),
            _ => Err(undefined_error(undefined_message(value).unwrap_or_default())),
        };
    }
    let bounds = Slice::new(start, stop, step);
    match slice_by(value, || bounds)? {
        Some(sliced) => Ok(sliced),
        None if type_name(value) == "dict" => Err(error("unhashable type: 'slice'")),
        None => Err(error(format!("'{}' object is not subscriptable", type_name(value)))),
    }
}

/// As [`slice()`] where value and bounds are written as constants: Jinja2 computes those while it compiles, and takes
/// what Python refuses for undefined.
///
/// # Errors
/// A step of zero.
pub fn slice_constant(value: &Value, start: &Value, stop: &Value, step: &Value) -> Outcome {
    slice(value, start, stop, step).or_else(|failure| match failure.detail() {
        Some("slice step cannot be zero") => Err(failure),
        _ => {
            let bounds = [start, stop, step].map(super::repr).join(", ");
            Ok(super::undefined(format!("{} object has no element slice({bounds})", type_name(value))))
        }
    })
}

/// The slice of a value that has one.
fn slice_by(value: &Value, bounds: impl FnOnce() -> Outcome<Slice>) -> Outcome<Option<Value>> {
    if let Some(text) = text_of(value) {
        return Ok(Some(slice_text(text, &bounds()?)));
    }
    if let Some(range) = value.downcast_object_ref::<Range>() {
        let bounds = bounds()?;
        let (start, stop, _) = bounds.over(range.len());
        return Ok(Some(Value::from_object(range.slice(start, stop, bounds.step))));
    }
    if value.kind() == ValueKind::Bytes {
        let bytes = value.as_bytes().unwrap_or_default();
        let bounds = bounds()?;
        return Ok(Some(Value::from_bytes(bounds.positions(bytes.len()).map(|index| bytes[index]).collect())));
    }
    if value.kind() != ValueKind::Seq {
        return Ok(None);
    }
    let (items, bounds) = (iterate(value)?, bounds()?);
    let taken = bounds.positions(items.len()).map(|index| items[index].clone()).collect();
    Ok(Some(if type_name(value) == "list" { list(taken) } else { tuple(taken) }))
}

fn slice_text(text: &str, bounds: &Slice) -> Value {
    if text.is_ascii() {
        let (start, stop, count) = bounds.over(text.len());
        if bounds.step == 1 {
            return Value::from(if count == 0 { "" } else { &text[start as usize..stop as usize] });
        }
    }
    let characters: Vec<char> = text.chars().collect();
    Value::from(bounds.positions(characters.len()).map(|index| characters[index]).collect::<String>())
}
