//! Expressions: what their value is made of. The walk over sqlparser's expressions is the one of references.

use super::flow::{Flow, Transformation};
use super::nullness::nullness;
use super::query::{all_columns, current_sources, query};
use super::scope::{Tracer, whole};
use crate::sql::expression::{parts_of, single_literals};
use crate::sql::query::is_columns;
use fancy_regex::Regex;
use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArgumentClause,
    FunctionArguments, Ident, ObjectName, Subscript, WindowFrameBound, WindowSpec, WindowType,
};
use std::rc::Rc;

/// DuckDB's aggregates, in order (<https://duckdb.org/docs/stable/sql/functions/aggregates>).
const AGGREGATES: [&str; 74] = [
    "any_value",
    "approx_count_distinct",
    "approx_quantile",
    "approx_top_k",
    "arbitrary",
    "arg_max",
    "arg_max_null",
    "arg_min",
    "arg_min_null",
    "argmax",
    "argmin",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bitstring_agg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "count_if",
    "count_star",
    "countif",
    "covar_pop",
    "covar_samp",
    "entropy",
    "favg",
    "first",
    "fsum",
    "geomean",
    "geometric_mean",
    "group_concat",
    "histogram",
    "histogram_exact",
    "kahan_sum",
    "kurtosis",
    "kurtosis_pop",
    "last",
    "list",
    "listagg",
    "mad",
    "max",
    "max_by",
    "mean",
    "median",
    "min",
    "min_by",
    "mode",
    "product",
    "quantile",
    "quantile_cont",
    "quantile_disc",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "reservoir_quantile",
    "sem",
    "skewness",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "sum_no_overflow",
    "var_pop",
    "var_samp",
    "variance",
];

/// The inputs of all expressions together.
pub(super) fn expressions<'e>(tracer: &mut Tracer<'_>, all: impl Iterator<Item = &'e Expr>) -> Flow {
    let mut flow = Flow::default();
    for inner in all {
        flow.add(&expression(tracer, inner));
    }
    flow
}

/// What the value of an expression is made of.
pub(super) fn expression(tracer: &mut Tracer<'_>, inner: &Expr) -> Flow {
    match inner {
        Expr::Identifier(name) => tracer.column(&name.value, tracer.places.span(name.span), false),
        Expr::CompoundIdentifier(names) => compound(tracer, names),
        Expr::Nested(inner) => expression(tracer, inner),
        other => computed(tracer, other),
    }
}

pub(super) fn compound(tracer: &Tracer<'_>, names: &[Ident]) -> Flow {
    let parts: Vec<_> = names.iter().map(|name| (name.value.clone(), tracer.places.span(name.span))).collect();
    tracer.qualified(&parts, false)
}

/// An expression that is more than a column. `a + b + c + ...` nests as deeply as it is long: what has one inner
/// expression first is walked by a loop.
fn computed(tracer: &mut Tracer<'_>, start: &Expr) -> Flow {
    let mut flow = Flow::default();
    let mut current = Some(start);
    while let Some(inner) = current.take() {
        match inner {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => flow.add(&expression(tracer, inner)),
            Expr::Function(call) => flow.add(&function(tracer, call)),
            Expr::Lambda(lambda) => {
                let parameters = lambda.params.iter().map(|parameter| parameter.name.value.to_lowercase());
                tracer.lambdas.push(parameters.collect());
                flow.add(&expression(tracer, &lambda.body));
                tracer.lambdas.pop();
            }
            Expr::Subquery(inner) | Expr::Exists { subquery: inner, .. } => flow.add(&subquery(tracer, inner)),
            Expr::InSubquery { expr, subquery: inner, .. } => {
                flow.add(&subquery(tracer, inner));
                current = Some(&**expr);
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                let tested = operand.iter().map(|operand| &**operand);
                let tested = tested.chain(conditions.iter().map(|branch| &branch.condition));
                flow.add(&expressions(tracer, tested).raised(Transformation::Conditional));
                flow.add(&expressions(tracer, conditions.iter().map(|branch| &branch.result)));
                current = else_result.as_deref();
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                for access in access_chain {
                    flow.add(&access_step(tracer, access));
                }
                current = Some(&**root);
            }
            Expr::Wildcard(_) => {
                for source in current_sources(tracer) {
                    flow.add(&whole(&source.shape));
                }
            }
            Expr::QualifiedWildcard(name, _) => flow.add(&row(tracer, name)),
            Expr::JsonAccess { .. } => flow.add(&Flow::unknown("an alias before its expression (`a: b`)")),
            other => {
                let (first, rest) = parts_of(other);
                flow.add(&expressions(tracer, rest.into_iter()));
                current = first;
            }
        }
    }
    flow.raised(Transformation::Transformation)
}

/// The same with whether it can be null, for what is a column of a result.
pub(super) fn column_of_result(tracer: &mut Tracer<'_>, inner: &Expr) -> Flow {
    let flow = expression(tracer, inner);
    let null = nullness(tracer, inner);
    flow.with_null(null)
}

/// All columns of the relation that a qualifier names.
fn row(tracer: &Tracer<'_>, name: &ObjectName) -> Flow {
    let lower = crate::sql::query::lower_parts(name);
    tracer.source(&lower).map_or_else(|| Flow::unknown("a star over a struct"), |source| whole(&source.shape))
}

/// What a sub-query gives to the expression it stands in. What influences its rows influences the value.
fn subquery(tracer: &mut Tracer<'_>, inner: &sqlparser::ast::Query) -> Flow {
    let shape = query(tracer, inner);
    let mut flow = whole(&shape);
    flow.add(&shape.indirect);
    flow
}

fn access_step(tracer: &mut Tracer<'_>, access: &AccessExpr) -> Flow {
    match access {
        AccessExpr::Dot(Expr::Function(call)) => arguments(tracer, &call.args),
        AccessExpr::Dot(_) => Flow::default(),
        AccessExpr::Subscript(Subscript::Index { index }) => expression(tracer, index),
        AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
            expressions(tracer, [lower_bound, upper_bound, stride].into_iter().flatten())
        }
    }
}

fn function(tracer: &mut Tracer<'_>, call: &Function) -> Flow {
    let mut flow = Flow::default();
    // `name.lower()` calls a function on a column; `schema.function()` looks the same.
    if call.name.0.len() > 1 {
        let mut parts: Vec<_> = call.name.0.iter().filter_map(|part| part.as_ident()).collect();
        parts.pop();
        let named: Vec<_> = parts.iter().map(|name| (name.value.clone(), tracer.places.span(name.span))).collect();
        let receiver = tracer.qualified(&named, false);
        if receiver.unknown.is_none() {
            flow.add(&receiver);
        }
    }
    match &call.args {
        // `if(condition, value, otherwise)` is a `case`.
        FunctionArguments::List(list) if name_of(call) == "if" => {
            for (place, inner) in list.args.iter().enumerate() {
                let given = argument(tracer, inner);
                flow.add(&if place == 0 { given.raised(Transformation::Conditional) } else { given });
            }
        }
        given => flow.add(&arguments(tracer, given)),
    }
    flow.add(&arguments(tracer, &call.parameters));
    let kind = if is_aggregate(call) { Transformation::Aggregation } else { Transformation::Transformation };
    let mut flow = flow.raised(kind);
    for order in &call.within_group {
        flow.add(&expression(tracer, &order.expr).raised(Transformation::Sort));
    }
    if let Some(filter) = &call.filter {
        flow.add(&expression(tracer, filter).raised(Transformation::Filter));
    }
    if let Some(WindowType::WindowSpec(specification)) = &call.over {
        flow.add(&window(tracer, specification).raised(Transformation::Window));
    }
    flow
}

pub(super) fn name_of(call: &Function) -> String {
    call.name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.to_lowercase()).unwrap_or_default()
}

pub(super) fn is_aggregate(call: &Function) -> bool {
    !call.within_group.is_empty() || AGGREGATES.binary_search(&name_of(call).as_str()).is_ok()
}

fn arguments(tracer: &mut Tracer<'_>, arguments: &FunctionArguments) -> Flow {
    let list = match arguments {
        FunctionArguments::None => return Flow::default(),
        FunctionArguments::Subquery(inner) => return subquery(tracer, inner),
        FunctionArguments::List(list) => list,
    };
    let mut flow = Flow::default();
    for argument in &list.args {
        flow.add(&self::argument(tracer, argument));
    }
    for clause in &list.clauses {
        match clause {
            FunctionArgumentClause::Where(inner) => {
                flow.add(&expression(tracer, inner).raised(Transformation::Filter));
            }
            FunctionArgumentClause::OrderBy(orders) => {
                let keys = expressions(tracer, orders.iter().map(|order| &order.expr));
                flow.add(&keys.raised(Transformation::Sort));
            }
            FunctionArgumentClause::Having(bound) => flow.add(&expression(tracer, &bound.1)),
            _ => {}
        }
    }
    flow
}

/// One argument of a function. `f(a = b)` compares.
fn argument(tracer: &mut Tracer<'_>, argument: &FunctionArg) -> Flow {
    let mut flow = Flow::default();
    if let FunctionArg::Named { name, operator: FunctionArgOperator::Equals, .. } = argument {
        flow.add(&tracer.column(&name.value, tracer.places.span(name.span), false));
    }
    flow.add(&argument_value(tracer, argument));
    flow
}

/// The value of an argument, whether it has a name or not.
pub(super) fn argument_value(tracer: &mut Tracer<'_>, argument: &FunctionArg) -> Flow {
    let value = match argument {
        FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => arg,
    };
    match value {
        FunctionArgExpr::Expr(inner) => expression(tracer, inner),
        FunctionArgExpr::QualifiedWildcard(name) => row(tracer, name),
        // `count(*)` uses no column.
        FunctionArgExpr::Wildcard => Flow::default(),
        FunctionArgExpr::WildcardWithOptions(_) => Flow::unknown("a changed star in a function"),
    }
}

/// What partitions, orders and frames a window.
pub(super) fn window(tracer: &mut Tracer<'_>, specification: &WindowSpec) -> Flow {
    let mut flow = expressions(tracer, specification.partition_by.iter());
    flow.add(&expressions(tracer, specification.order_by.iter().map(|order| &order.expr)));
    let Some(frame) = &specification.window_frame else { return flow };
    for bound in [Some(&frame.start_bound), frame.end_bound.as_ref()].into_iter().flatten() {
        if let WindowFrameBound::Preceding(Some(inner)) | WindowFrameBound::Following(Some(inner)) = bound {
            flow.add(&expression(tracer, inner));
        }
    }
    flow
}

/// The `columns(...)` in an expression: in it itself, in what it wraps, or in an argument.
fn columns_call(inner: &Expr) -> Option<&Function> {
    match inner {
        Expr::Function(call) if is_columns(&call.name) => Some(call),
        Expr::Function(call) => {
            let FunctionArguments::List(list) = &call.args else { return None };
            list.args.iter().find_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => columns_call(inner),
                _ => None,
            })
        }
        other => {
            let (first, rest) = parts_of(other);
            first.into_iter().chain(rest).find_map(columns_call)
        }
    }
}

/// Whether a function of this name is called anywhere in an expression, sub-queries aside.
pub(super) fn calls(inner: &Expr, name: &str) -> bool {
    match inner {
        Expr::Function(call) if name_of(call) == name => true,
        Expr::Function(call) => {
            let FunctionArguments::List(list) = &call.args else { return false };
            list.args.iter().any(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => calls(inner, name),
                _ => false,
            })
        }
        other => {
            let (first, rest) = parts_of(other);
            first.into_iter().chain(rest).any(|inner| calls(inner, name))
        }
    }
}

pub(super) fn holds_columns(inner: &Expr) -> bool {
    columns_call(inner).is_some()
}

/// What an expression around `columns(...)` makes of each column.
pub(super) fn kind_of(inner: &Expr) -> Transformation {
    match inner {
        Expr::Function(call) if is_aggregate(call) => Transformation::Aggregation,
        _ => Transformation::Transformation,
    }
}

/// The columns that `columns(...)` stands for: all, those of a pattern, or those of a list. `None` where that is not known.
pub(super) fn matched_columns(tracer: &Tracer<'_>, inner: &Expr) -> Option<Vec<(Rc<str>, Rc<Flow>)>> {
    let call = columns_call(inner)?;
    let sources = current_sources(tracer);
    if sources.iter().any(|source| source.shape.rest.is_some()) {
        return None;
    }
    let all = all_columns(tracer, &sources).into_iter().filter_map(|(name, flow)| Some((name?, flow)));
    let FunctionArguments::List(list) = &call.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Wildcard | FunctionArgExpr::Expr(Expr::Wildcard(_)))] => {
            Some(all.collect())
        }
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(array)))] => {
            let names = single_literals(&array.elem)?;
            Some(all.filter(|(name, _)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))).collect())
        }
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(pattern))] => {
            let [pattern] = single_literals(std::slice::from_ref(pattern))?.try_into().ok()?;
            let pattern = Regex::new(&format!("(?i){pattern}")).ok()?;
            Some(all.filter(|(name, _)| pattern.is_match(&**name).unwrap_or(false)).collect())
        }
        _ => None,
    }
}
