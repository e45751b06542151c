//! `modules.itertools`: the functions that dbt shows of it.

use minijinja::State;
use minijinja::value::{Rest, Value, ValueOrKwargs};

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::functions::{function, whole};
use crate::jinja::value::generator::endless;
use crate::jinja::value::number::Operation;
use crate::jinja::value::operators::operate;
use crate::jinja::value::{Generator, dict, generator, iterate, none, tuple};

/// The most items that the combining functions make.
const MAX_ITEMS: usize = 5_000_000;

/// The module as a dict of its functions.
pub(super) fn module() -> Value {
    let with_state = |body: fn(&mut State<'_, '_>, Arguments<'_>) -> Outcome| {
        Value::from_function(move |state: &mut State<'_, '_>, rest: Rest<ValueOrKwargs>| {
            body(state, Arguments::new(&rest.into_values()))
        })
    };
    let members = [
        ("count", function(count)),
        ("cycle", function(cycle)),
        ("repeat", function(repeat)),
        ("accumulate", with_state(accumulate)),
        ("chain", function(chain)),
        ("compress", function(compress)),
        ("islice", function(slice)),
        ("starmap", with_state(star_map)),
        ("tee", function(tee)),
        ("zip_longest", function(zip_longest)),
        ("product", function(product)),
        ("permutations", function(permutations)),
        ("combinations", function(|arguments| combinations(arguments, "combinations", false))),
        (
            "combinations_with_replacement",
            function(|arguments| combinations(arguments, "combinations_with_replacement", true)),
        ),
    ];
    dict(members.into_iter().map(|(name, member)| (Value::from(name), member)).collect())
}

fn count(arguments: Arguments<'_>) -> Outcome {
    let [start, step] = arguments.bind("count", ["start", "step"], 0)?;
    let (start, step) = (start.unwrap_or_else(|| Value::from(0)), step.unwrap_or_else(|| Value::from(1)));
    operate(Operation::Add, &start, &step).map_err(|_| error("a number is required"))?;
    let numbers = std::iter::successors(Some(start), move |number| operate(Operation::Add, number, &step).ok());
    Ok(endless("itertools.count", numbers))
}

fn cycle(arguments: Arguments<'_>) -> Outcome {
    let items = iterate(arguments.one("cycle")?)?;
    match items.is_empty() {
        true => Ok(generator("itertools.cycle", items)),
        false => Ok(endless("itertools.cycle", items.into_iter().cycle())),
    }
}

fn repeat(arguments: Arguments<'_>) -> Outcome {
    let [object, times] = arguments.bind("repeat", ["object", "times"], 1)?;
    let object = object.unwrap_or_default();
    match times {
        Some(times) => {
            let times = limited(usize::try_from(whole(&times)?.max(0)).unwrap_or(usize::MAX))?;
            Ok(generator("itertools.repeat", vec![object; times]))
        }
        None => Ok(endless("itertools.repeat", std::iter::repeat(object))),
    }
}

fn limited(count: usize) -> Outcome<usize> {
    if count <= MAX_ITEMS { Ok(count) } else { Err(error("too many items for a template")) }
}

fn accumulate(state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome {
    let [items, combine, initial] = arguments.bind("accumulate", ["iterable", "func", "initial"], 1)?;
    let combine = combine.filter(|combine| !combine.is_none());
    let initial = initial.filter(|initial| !initial.is_none());
    let mut totals: Vec<Value> = initial.into_iter().collect();
    for item in iterate(&items.unwrap_or_default())? {
        let total = match (totals.last(), &combine) {
            (None, _) => item,
            (Some(total), None) => operate(Operation::Add, total, &item)?,
            (Some(total), Some(combine)) => combine.call(state, &[total.clone(), item])?,
        };
        totals.push(total);
    }
    Ok(generator("itertools.accumulate", totals))
}

fn chain(arguments: Arguments<'_>) -> Outcome {
    let parts = arguments.positional().iter().map(iterate).collect::<Outcome<Vec<_>>>()?;
    Ok(generator("itertools.chain", parts.concat()))
}

fn compress(arguments: Arguments<'_>) -> Outcome {
    let [data, selectors] = arguments.bind("compress", ["data", "selectors"], 2)?;
    let (data, selectors) = (iterate(&data.unwrap_or_default())?, iterate(&selectors.unwrap_or_default())?);
    let kept = data.into_iter().zip(selectors).filter(|(_, selector)| selector.is_true());
    Ok(generator("itertools.compress", kept.map(|(item, _)| item).collect()))
}

fn slice(arguments: Arguments<'_>) -> Outcome {
    let given = arguments.positional();
    let (start, stop, step) = match given {
        [_, stop] => (None, Some(stop), None),
        [_, start, stop] => (Some(start), Some(stop), None),
        [_, start, stop, step] => (Some(start), Some(stop), Some(step)),
        [] | [_] => return Err(error(format!("islice expected at least 2 arguments, got {}", given.len()))),
        _ => return Err(error(format!("islice expected at most 4 arguments, got {}", given.len()))),
    };
    let bound = |value: Option<&Value>, default: usize| match value {
        Some(value) if !value.is_none() => value
            .as_usize()
            .ok_or_else(|| error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")),
        _ => Ok(default),
    };
    let (start, stop, step) = (bound(start, 0)?, bound(stop, usize::MAX)?, bound(step, 1)?);
    if step == 0 {
        return Err(error("Step for islice() must be a positive integer or None."));
    }
    let taken = match given[0].downcast_object_ref::<Generator>() {
        Some(source) => std::iter::from_fn(|| source.next()).take(stop).skip(start).step_by(step).collect(),
        None => iterate(&given[0])?.into_iter().take(stop).skip(start).step_by(step).collect(),
    };
    Ok(generator("itertools.islice", taken))
}

fn star_map(state: &mut State<'_, '_>, arguments: Arguments<'_>) -> Outcome {
    let [called, items] = arguments.bind("starmap", ["function", "iterable"], 2)?;
    let (called, items) = (called.unwrap_or_default(), iterate(&items.unwrap_or_default())?);
    let mapped = items.iter().map(|item| called.call(state, &iterate(item)?)).collect::<Outcome<_>>()?;
    Ok(generator("itertools.starmap", mapped))
}

fn tee(arguments: Arguments<'_>) -> Outcome {
    let [items, count] = arguments.bind("tee", ["iterable", "n"], 1)?;
    let items = iterate(&items.unwrap_or_default())?;
    let count = count.map_or(Ok(2), |count| whole(&count))?;
    let copies = limited(usize::try_from(count).map_err(|_| error("n must be >= 0"))?)?;
    Ok(tuple((0..copies).map(|_| generator("itertools._tee", items.clone())).collect()))
}

fn zip_longest(arguments: Arguments<'_>) -> Outcome {
    let fill = arguments.keyword("fillvalue").unwrap_or_else(none);
    let columns = arguments.positional().iter().map(iterate).collect::<Outcome<Vec<_>>>()?;
    let length = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index: usize| {
        tuple(columns.iter().map(|column| column.get(index).cloned().unwrap_or_else(|| fill.clone())).collect())
    };
    Ok(generator("itertools.zip_longest", (0..length).map(row).collect()))
}

fn product(arguments: Arguments<'_>) -> Outcome {
    let times = arguments.keyword("repeat").map_or(Ok(1), |times| whole(&times))?;
    let pools = arguments.positional().iter().map(iterate).collect::<Outcome<Vec<_>>>()?;
    let mut rows = vec![Vec::new()];
    for _ in 0..times {
        for pool in &pools {
            limited(rows.len().saturating_mul(pool.len()))?;
            let longer = |row: &Vec<Value>| {
                let row = row.clone();
                pool.iter().map(move |item| row.iter().chain([item]).cloned().collect::<Vec<_>>())
            };
            rows = rows.iter().flat_map(longer).collect();
        }
    }
    Ok(generator("itertools.product", rows.into_iter().map(tuple).collect()))
}

fn permutations(arguments: Arguments<'_>) -> Outcome {
    let [items, size] = arguments.bind("permutations", ["iterable", "r"], 1)?;
    let items = iterate(&items.unwrap_or_default())?;
    let size = match size {
        Some(size) if !size.is_none() => usize::try_from(whole(&size)?).map_err(|_| error("r must be non-negative"))?,
        _ => items.len(),
    };
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        limited(rows.len().saturating_mul(items.len()))?;
        let longer = |row: &Vec<usize>| {
            let free = (0..items.len()).filter(|index| !row.contains(index)).collect::<Vec<_>>();
            let row = row.clone();
            free.into_iter().map(move |index| row.iter().copied().chain([index]).collect::<Vec<_>>())
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Ok(generator("itertools.permutations", picked(&items, rows)))
}

fn picked(items: &[Value], rows: Vec<Vec<usize>>) -> Vec<Value> {
    rows.into_iter().map(|row| tuple(row.into_iter().map(|index| items[index].clone()).collect())).collect()
}

fn combinations(arguments: Arguments<'_>, name: &'static str, again: bool) -> Outcome {
    let [items, size] = arguments.bind(name, ["iterable", "r"], 2)?;
    let items = iterate(&items.unwrap_or_default())?;
    let size = usize::try_from(whole(&size.unwrap_or_default())?).map_err(|_| error("r must be non-negative"))?;
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        limited(rows.len().saturating_mul(items.len()))?;
        let longer = |row: &Vec<usize>| {
            let first = row.last().map_or(0, |last| last + usize::from(!again));
            let row = row.clone();
            (first..items.len()).map(move |index| row.iter().copied().chain([index]).collect::<Vec<_>>())
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let name = if again { "itertools.combinations_with_replacement" } else { "itertools.combinations" };
    Ok(generator(name, picked(&items, rows)))
}
