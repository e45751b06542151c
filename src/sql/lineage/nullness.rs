//! Whether a value can be null, as far as syntax and the columns that it comes from tell.
//!
//! DuckDB's binder does not say it: it calls a left-joined column NOT NULL and every column of a made table nullable. What
//! is said here holds for every content of the relations that are read; where that cannot be told it is unknown. One thing is
//! not seen, because types are not known here: a cast of JSON, of which `null` is a value.

use super::expression::name_of;
use super::flow::Column;
use super::scope::{Groups, Tracer};
use crate::sql::expression::parts_of;
use sqlparser::ast::{
    BinaryOperator, CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value,
};
use std::collections::BTreeSet;

/// Functions that give null for null and for nothing else
/// (<https://duckdb.org/docs/stable/sql/functions/overview>).
const STRICT: [&str; 24] = [
    "abs",
    "ceil",
    "ceiling",
    "date_trunc",
    "datetrunc",
    "exp",
    "floor",
    "lcase",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "md5",
    "replace",
    "reverse",
    "round",
    "rpad",
    "rtrim",
    "sha256",
    "sign",
    "trim",
    "ucase",
    "upper",
];
/// Functions that never give null, whatever they are given.
const NEVER: [&str; 21] = [
    "concat",
    "count",
    "count_if",
    "count_star",
    "countif",
    "cume_dist",
    "current_date",
    "current_localtimestamp",
    "current_timestamp",
    "dense_rank",
    "gen_random_uuid",
    "get_current_timestamp",
    "hash",
    "now",
    "ntile",
    "percent_rank",
    "random",
    "rank",
    "row_number",
    "today",
    "uuid",
];
/// Aggregates that give a value whenever one of theirs is not null.
const KEEPING: [&str; 16] = [
    "any_value",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "first",
    "group_concat",
    "last",
    "list",
    "listagg",
    "max",
    "mean",
    "median",
    "min",
    "string_agg",
    "sum",
];

/// Whether a value can be null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Nullness {
    /// It is not told.
    #[default]
    Unknown,
    /// It never is.
    Never,
    /// It may be.
    Maybe,
    /// It never is when none of these columns is. With `exact` it may be when one of them may.
    As { columns: BTreeSet<Column>, exact: bool },
}

impl Nullness {
    /// That of a column.
    pub fn of(column: Column) -> Self {
        Nullness::As { columns: BTreeSet::from([column]), exact: true }
    }

    /// That of a value which is null when one of two is, or is one of the two.
    pub fn or(self, other: Nullness) -> Self {
        use Nullness as N;
        match (self, other) {
            (N::Maybe, _) | (_, N::Maybe) => N::Maybe,
            (N::Unknown, _) | (_, N::Unknown) => N::Unknown,
            (N::Never, other) | (other, N::Never) => other,
            (N::As { mut columns, exact }, N::As { columns: more, exact: too }) => {
                columns.extend(more);
                N::As { columns, exact: exact && too }
            }
        }
    }

    /// That of the first of two that is not null.
    fn else_(self, other: Nullness) -> Self {
        use Nullness as N;
        match (self, other) {
            (N::Never, _) | (_, N::Never) => N::Never,
            (N::As { columns, .. }, _) | (_, N::As { columns, .. }) => N::As { columns, exact: false },
            (N::Maybe, N::Maybe) => N::Maybe,
            _ => N::Unknown,
        }
    }

    /// The same where only that it is never null is sure.
    fn at_best(self) -> Self {
        match self {
            Nullness::As { columns, .. } => Nullness::As { columns, exact: false },
            Nullness::Maybe => Nullness::Unknown,
            other => other,
        }
    }
}

/// Whether the value of an expression can be null. `a + b + c + ...` nests as deeply as it is long: what has one inner
/// expression first is walked by a loop.
pub(super) fn nullness(tracer: &Tracer<'_>, start: &Expr) -> Nullness {
    let mut found = Nullness::Never;
    let mut current = Some(start);
    while let Some(inner) = current.take() {
        let own = match inner {
            Expr::Nested(inner) => {
                current = Some(&**inner);
                continue;
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, .. } => {
                current = Some(&**expr);
                continue;
            }
            other if is_strict(other) => {
                let (first, rest) = parts_of(other);
                current = first;
                rest.into_iter().map(|part| nullness(tracer, part)).fold(Nullness::Never, Nullness::or)
            }
            other => single(tracer, other),
        };
        found = found.or(own);
    }
    found
}

/// Expressions that are null when a part of them is, and only then.
fn is_strict(inner: &Expr) -> bool {
    use BinaryOperator as B;
    match inner {
        Expr::BinaryOp { op, .. } => matches!(
            op,
            B::Plus | B::Minus | B::Multiply | B::StringConcat | B::Eq | B::NotEq | B::Lt | B::LtEq | B::Gt | B::GtEq
        ),
        Expr::UnaryOp { op, .. } => matches!(op, UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not),
        Expr::Between { .. } | Expr::Like { .. } | Expr::ILike { .. } => true,
        Expr::Trim { .. } | Expr::Ceil { .. } | Expr::Floor { .. } | Expr::AtTimeZone { .. } => true,
        _ => false,
    }
}

fn single(tracer: &Tracer<'_>, inner: &Expr) -> Nullness {
    match inner {
        Expr::Identifier(name) => tracer.column(&name.value, tracer.places.span(name.span), false).null,
        Expr::CompoundIdentifier(names) => super::expression::compound(tracer, names).null,
        Expr::Value(value) => match &value.value {
            Value::Null => Nullness::Maybe,
            Value::Placeholder(_) => Nullness::Unknown,
            _ => Nullness::Never,
        },
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) => {
            Nullness::Never
        }
        Expr::IsTrue(_) | Expr::IsNotTrue(_) | Expr::IsFalse(_) | Expr::IsNotFalse(_) | Expr::Exists { .. } => {
            Nullness::Never
        }
        Expr::TypedString(_) | Expr::Array(_) | Expr::Dictionary(_) | Expr::Map(_) => Nullness::Never,
        Expr::Interval(interval) => nullness(tracer, &interval.value),
        Expr::Cast { kind: CastKind::TryCast, .. } => Nullness::Maybe,
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            nullness(tracer, left).or(nullness(tracer, right)).at_best()
        }
        // By nought it is null.
        Expr::BinaryOp { left, op: BinaryOperator::Divide | BinaryOperator::Modulo, right } => {
            match nullness(tracer, left).or(nullness(tracer, right)) {
                Nullness::Maybe => Nullness::Maybe,
                given if is_number(right) => given,
                _ => Nullness::Unknown,
            }
        }
        Expr::InList { expr, list, .. } => {
            let list = list.iter().map(|item| nullness(tracer, item)).fold(Nullness::Never, Nullness::or);
            nullness(tracer, expr).or(list).at_best()
        }
        Expr::Case { conditions, else_result, .. } => {
            let branches = conditions.iter().map(|branch| nullness(tracer, &branch.result));
            let otherwise = else_result.as_ref().map_or(Nullness::Maybe, |inner| nullness(tracer, inner));
            branches.fold(otherwise, Nullness::or)
        }
        Expr::Function(call) => function(tracer, call),
        _ => Nullness::Unknown,
    }
}

/// A number other than nought.
fn is_number(inner: &Expr) -> bool {
    match inner {
        Expr::Nested(inner) => is_number(inner),
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse::<f64>().is_ok_and(|number| number != 0.0),
            _ => false,
        },
        _ => false,
    }
}

fn function(tracer: &Tracer<'_>, call: &Function) -> Nullness {
    if call.name.0.len() > 1 {
        return Nullness::Unknown;
    }
    let (name, arguments) = (name_of(call), arguments(call));
    let each = || arguments.iter().map(|inner| inner.map_or(Nullness::Unknown, |inner| nullness(tracer, inner)));
    let name = name.as_str();
    match name {
        _ if NEVER.contains(&name) => Nullness::Never,
        "coalesce" | "ifnull" => each().reduce(Nullness::else_).unwrap_or_default(),
        "nullif" => Nullness::Maybe,
        "lag" | "lead" => Nullness::Maybe,
        "if" => each().skip(1).fold(Nullness::Never, Nullness::or),
        // Without a value in some argument the others count.
        "greatest" | "least" => each().reduce(Nullness::else_).unwrap_or_default(),
        _ if STRICT.contains(&name) && call.over.is_none() => each().fold(Nullness::Never, Nullness::or),
        _ if KEEPING.contains(&name) => aggregate(tracer, call, each().fold(Nullness::Never, Nullness::or)),
        _ => Nullness::Unknown,
    }
}

/// An aggregate is null where no row or no value is there: in an empty table, behind a filter, in a narrow frame.
fn aggregate(tracer: &Tracer<'_>, call: &Function, given: Nullness) -> Nullness {
    use sqlparser::ast::WindowType;
    let narrows = call.filter.is_some()
        || matches!(&call.over, Some(WindowType::WindowSpec(window)) if window.window_frame.is_some());
    let has_rows = match &call.over {
        Some(WindowType::WindowSpec(_)) => true,
        Some(_) => return given.at_best().or(Nullness::Unknown),
        None => match tracer.frames.last().map(|frame| frame.groups) {
            Some(Groups::Keys) => true,
            Some(Groups::None) => false,
            Some(Groups::Other) | None => return Nullness::Unknown,
        },
    };
    match given {
        _ if narrows || !has_rows => Nullness::Maybe,
        // Of many values one may be there.
        given => given.at_best(),
    }
}

/// The arguments; none for what is no plain value: `*`, one with a name (`a = b` looks like one), a query.
fn arguments(call: &Function) -> Vec<Option<&Expr>> {
    let list = match &call.args {
        FunctionArguments::None => return Vec::new(),
        FunctionArguments::List(list) => list,
        FunctionArguments::Subquery(_) => return vec![None],
    };
    let value = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref inner)) => Some(inner),
        _ => None,
    };
    list.args.iter().map(value).collect()
}

/// The columns, as written, that cannot be null in a row for which a condition holds.
pub(super) fn held(condition: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut waiting = vec![condition];
    while let Some(inner) = waiting.pop() {
        match inner {
            Expr::Nested(inner) => waiting.push(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => waiting.extend([&**left, &**right]),
            Expr::IsNotNull(inner) | Expr::IsTrue(inner) => strict_columns(inner, &mut found),
            Expr::InList { expr, .. } => strict_columns(expr, &mut found),
            Expr::Between { expr, negated: false, low, high } => {
                for part in [expr, low, high] {
                    strict_columns(part, &mut found);
                }
            }
            other => strict_columns(other, &mut found),
        }
    }
    found
}

/// The columns that make an expression null when they are.
fn strict_columns<'e>(start: &'e Expr, found: &mut Vec<&'e Expr>) {
    let mut waiting = vec![start];
    while let Some(inner) = waiting.pop() {
        match inner {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => found.push(inner),
            Expr::Nested(inner) => waiting.push(inner),
            Expr::Cast { expr, .. } => waiting.push(expr),
            // `0 between 1 and null` is false: a bound that is null does not always count.
            Expr::Between { expr, .. } => waiting.push(expr),
            other if is_strict(other) => {
                let (first, rest) = parts_of(other);
                waiting.extend(first.into_iter().chain(rest));
            }
            _ => {}
        }
    }
}
