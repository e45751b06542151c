//! Tables as text, in the form of agate's `print_table`.

use bigdecimal::RoundingMode;
use minijinja::value::{Value, ValueKind};

use crate::jinja::value::decimal::Decimal;
use crate::jinja::value::format_spec::format_value;
use crate::jinja::value::{decimal, text_of, to_str, type_name};

use super::Table;

/// The most digits after the point that are shown.
const MAX_PRECISION: i64 = 3;

/// The agate type that a column's values show.
pub(super) fn type_of(values: &[Value]) -> &'static str {
    match values.iter().find(|value| !value.is_none()) {
        None => "Integer",
        Some(value) => match type_name(value) {
            "int" => "Integer",
            "float" | "decimal.Decimal" => "Number",
            "bool" => "Boolean",
            "datetime.date" => "Date",
            "datetime.datetime" => "DateTime",
            "datetime.timedelta" => "TimeDelta",
            _ => "Text",
        },
    }
}

/// Decimals of a column are all shown with as many digits as the longest needs.
fn places(values: &[Value]) -> Option<(i64, bool)> {
    let needed = values.iter().filter_map(|value| value.downcast_object_ref::<Decimal>());
    let needed = needed.map(|number| number.0.normalized().fractional_digit_count().max(0)).max()?;
    Some((needed.min(MAX_PRECISION), needed > MAX_PRECISION))
}

fn cell(value: &Value, places: Option<(i64, bool)>) -> String {
    if value.is_none() {
        return String::new();
    }
    let Some((number, (places, cut))) = value.downcast_object_ref::<Decimal>().zip(places) else {
        return to_str(value);
    };
    let rounded = decimal::decimal(number.0.with_scale_round(places, RoundingMode::HalfEven));
    let text = format_value(&rounded, ",").unwrap_or_default();
    if cut { text + "…" } else { text }
}

fn shortened(text: String, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width.saturating_sub(3)).collect::<String>() + "...",
        false => text,
    }
}

/// The table within limits of rows, columns and characters of a column.
pub(super) fn table(table: &Table, max_rows: usize, max_columns: usize, max_width: usize) -> String {
    let shown = table.column_names().len().min(max_columns);
    let mut headers: Vec<String> =
        table.column_names().iter().take(shown).map(|name| shortened(name.clone(), max_width)).collect();
    let mut left: Vec<bool> = Vec::with_capacity(shown + 1);
    let mut rows: Vec<Vec<String>> = vec![Vec::with_capacity(shown + 1); table.len().min(max_rows)];
    for index in 0..shown {
        let values: Vec<Value> = table.column(index).into_iter().take(max_rows).collect();
        left.push(values.iter().all(|value| value.is_none() || text_of(value).is_some()) && has_text(&values));
        let places = places(&values);
        for (row, value) in rows.iter_mut().zip(&values) {
            row.push(shortened(cell(value, places), max_width));
        }
    }
    if table.column_names().len() > shown {
        headers.push("...".to_string());
        left.push(false);
        rows.iter_mut().for_each(|row| row.push("...".to_string()));
    }
    lines(&headers, &left, &rows, table.len() > max_rows)
}

fn has_text(values: &[Value]) -> bool {
    values.iter().any(|value| value.kind() == ValueKind::String)
}

fn lines(headers: &[String], left: &[bool], rows: &[Vec<String>], more: bool) -> String {
    let width = |index: usize| {
        let cells = rows.iter().map(|row| &row[index]).chain([&headers[index]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).zip(left).map(|((cell, width), left)| match left {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut out = vec![line(headers), line(&rule)];
    out.extend(rows.iter().map(|row| line(row)));
    if more {
        out.push(line(&widths.iter().map(|_| "...".to_string()).collect::<Vec<_>>()));
    }
    out.join("\n") + "\n"
}

/// The names and types of the columns.
pub(super) fn structure(table: &Table) -> String {
    let rows: Vec<Vec<String>> = table
        .column_names()
        .iter()
        .enumerate()
        .map(|(index, name)| vec![name.clone(), type_of(&table.column(index)).to_string()])
        .collect();
    lines(&["column".to_string(), "data_type".to_string()], &[true, true], &rows, false)
}
