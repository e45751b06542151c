//! Expressions: which columns they name, and the queries inside them. Owns the walk over sqlparser's expressions.
//!
//! Expressions that have one inner expression are walked by a loop, because `a + b + c + ...` nests as deeply as it is
//! long; only what the parser's limit on nesting bounds is walked by recursion.

use super::query::{consumed_query, current_sources, ident, is_columns, parts, query, wildcard};
use super::scope::{Precedence, Resolver};
use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArgumentClause,
    FunctionArguments, Ident, LambdaFunction, ObjectName, Subscript, Value, WindowFrameBound, WindowSpec, WindowType,
};

/// Records every column that an expression names.
pub(super) fn each_expression(resolver: &mut Resolver<'_>, expression: &Expr, precedence: Precedence) {
    let mut current = Some(expression);
    while let Some(expression) = current {
        current = step(resolver, expression, precedence);
    }
}

/// Walks one expression and gives the inner one to go on with.
fn step<'e>(resolver: &mut Resolver<'_>, expression: &'e Expr, precedence: Precedence) -> Option<&'e Expr> {
    match expression {
        Expr::Identifier(name) => {
            let (name, span) = ident(resolver, name);
            resolver.column(&name, span, precedence);
            None
        }
        Expr::CompoundIdentifier(names) => {
            compound(resolver, names, precedence);
            None
        }
        Expr::Function(call) => {
            function(resolver, call, precedence);
            None
        }
        Expr::Lambda(lambda) => {
            lambda_function(resolver, lambda, precedence);
            None
        }
        Expr::Exists { subquery, .. } => {
            // Whether there are rows does not depend on what is selected of them.
            query(resolver, subquery);
            None
        }
        Expr::Subquery(subquery) => {
            consumed_query(resolver, subquery);
            None
        }
        Expr::InSubquery { expr, subquery, .. } => {
            consumed_query(resolver, subquery);
            Some(expr)
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            for access in access_chain {
                access_step(resolver, access, precedence);
            }
            Some(root)
        }
        Expr::Wildcard(_) => {
            for source in current_sources(resolver) {
                resolver.consume_source(&source);
            }
            None
        }
        Expr::QualifiedWildcard(name, _) => {
            qualified_star(resolver, name);
            None
        }
        Expr::JsonAccess { .. } => {
            // In DuckDB `a: b` is `b as a`.
            resolver.refused = Some("an alias before its expression (`a: b`)".into());
            None
        }
        Expr::Case { operand, conditions, else_result, .. } => {
            for expression in operand.iter().map(|operand| &**operand) {
                each_expression(resolver, expression, precedence);
            }
            for branch in conditions {
                each_expression(resolver, &branch.condition, precedence);
                each_expression(resolver, &branch.result, precedence);
            }
            else_result.as_deref()
        }
        other => children(resolver, other, precedence),
    }
}

/// Expressions that mean nothing but their parts: all but the first are walked, the first is returned.
fn children<'e>(resolver: &mut Resolver<'_>, expression: &'e Expr, precedence: Precedence) -> Option<&'e Expr> {
    let (first, rest) = parts_of(expression);
    for inner in rest {
        each_expression(resolver, inner, precedence);
    }
    first
}

/// The expressions that an expression means nothing but: the first, and the others.
pub(super) fn parts_of(expression: &Expr) -> (Option<&Expr>, Vec<&Expr>) {
    use Expr as E;
    let one = |inner| (Some(inner), Vec::new());
    match expression {
        E::IsFalse(e) | E::IsNotFalse(e) | E::IsTrue(e) | E::IsNotTrue(e) | E::IsNull(e) | E::IsNotNull(e) => one(&**e),
        E::IsUnknown(e) | E::IsNotUnknown(e) | E::Nested(e) | E::OuterJoin(e) | E::Prior(e) => one(e),
        E::IsJson { expr, .. } | E::IsNormalized { expr, .. } | E::UnaryOp { expr, .. } => one(expr),
        E::Cast { expr, .. } | E::Convert { expr, .. } | E::Extract { expr, .. } | E::Collate { expr, .. } => one(expr),
        E::Ceil { expr, .. } | E::Floor { expr, .. } | E::Named { expr, .. } => one(expr),
        E::Prefixed { value, .. } => one(value),
        E::Interval(interval) => one(&interval.value),
        E::IsDistinctFrom(left, right) | E::IsNotDistinctFrom(left, right) => (Some(left), vec![right]),
        E::BinaryOp { left, right, .. } | E::AnyOp { left, right, .. } | E::AllOp { left, right, .. } => {
            (Some(left), vec![right])
        }
        E::InList { expr, list, .. } => (Some(expr), list.iter().collect()),
        E::InUnnest { expr, array_expr, .. } => (Some(expr), vec![array_expr]),
        E::Between { expr, low, high, .. } => (Some(expr), vec![low, high]),
        E::Like { expr, pattern, escape_char, .. }
        | E::ILike { expr, pattern, escape_char, .. }
        | E::SimilarTo { expr, pattern, escape_char, .. } => {
            (Some(expr), std::iter::once(&**pattern).chain(escape_char.as_deref()).collect())
        }
        E::RLike { expr, pattern, .. } => (Some(expr), vec![pattern]),
        E::AtTimeZone { timestamp, time_zone } => (Some(timestamp), vec![time_zone]),
        E::Position { expr, r#in } => (Some(expr), vec![r#in]),
        E::Substring { expr, substring_from, substring_for, .. } => {
            (Some(expr), substring_from.as_deref().into_iter().chain(substring_for.as_deref()).collect())
        }
        E::Trim { expr, trim_what, trim_characters, .. } => {
            (Some(expr), trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten()).collect())
        }
        E::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            let rest = [&**overlay_what, &**overlay_from].into_iter().chain(overlay_for.as_deref());
            (Some(expr), rest.collect())
        }
        E::MemberOf(member) => (Some(&member.value), vec![&member.array]),
        E::GroupingSets(sets) | E::Cube(sets) | E::Rollup(sets) => (None, sets.iter().flatten().collect()),
        E::Tuple(items) | E::Struct { values: items, .. } => (None, items.iter().collect()),
        E::Array(array) => (None, array.elem.iter().collect()),
        E::Dictionary(fields) => (None, fields.iter().map(|field| &*field.value).collect()),
        E::Map(map) => (None, map.entries.iter().flat_map(|entry| [&*entry.key, &*entry.value]).collect()),
        _ => (None, Vec::new()),
    }
}

fn compound(resolver: &mut Resolver<'_>, names: &[Ident], precedence: Precedence) {
    let parts: Vec<_> = names.iter().map(|name| ident(resolver, name)).collect();
    resolver.qualified(&parts, precedence);
}

fn access_step(resolver: &mut Resolver<'_>, access: &AccessExpr, precedence: Precedence) {
    match access {
        AccessExpr::Dot(Expr::Function(call)) => arguments(resolver, &call.args, precedence),
        AccessExpr::Dot(_) => {}
        AccessExpr::Subscript(Subscript::Index { index }) => each_expression(resolver, index, precedence),
        AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
            for bound in [lower_bound, upper_bound, stride].into_iter().flatten() {
                each_expression(resolver, bound, precedence);
            }
        }
    }
}

fn qualified_star(resolver: &mut Resolver<'_>, name: &ObjectName) {
    let parts = parts(resolver, name);
    let lower: Vec<String> = parts.iter().map(|(name, _)| name.to_lowercase()).collect();
    match resolver.source(&lower) {
        Some(source) => resolver.consume_source(&source),
        None => resolver.qualified(&parts, Precedence::Column),
    }
}

fn function(resolver: &mut Resolver<'_>, call: &Function, precedence: Precedence) {
    if is_columns(&call.name) {
        return columns(resolver, call);
    }
    // `name.lower()` calls a function on a column; `schema.function()` looks the same.
    if call.name.0.len() > 1 && !starts_with_schema(&call.name) {
        let mut receiver = parts(resolver, &call.name);
        receiver.pop();
        resolver.perhaps(&receiver);
    }
    arguments(resolver, &call.parameters, precedence);
    arguments(resolver, &call.args, precedence);
    for order in &call.within_group {
        each_expression(resolver, &order.expr, precedence);
    }
    if let Some(filter) = &call.filter {
        each_expression(resolver, filter, precedence);
    }
    if let Some(WindowType::WindowSpec(specification)) = &call.over {
        window(resolver, specification);
    }
}

/// Schemas that every DuckDB database has.
fn starts_with_schema(name: &ObjectName) -> bool {
    let first = name.0.first().and_then(|part| part.as_ident());
    first.is_some_and(|first| {
        ["main", "system", "temp", "pg_catalog", "information_schema"]
            .iter()
            .any(|schema| first.value.eq_ignore_ascii_case(schema))
    })
}

fn arguments(resolver: &mut Resolver<'_>, arguments: &FunctionArguments, precedence: Precedence) {
    let list = match arguments {
        FunctionArguments::None => return,
        FunctionArguments::Subquery(subquery) => return consumed_query(resolver, subquery),
        FunctionArguments::List(list) => list,
    };
    for argument in &list.args {
        each_argument(resolver, argument, false);
    }
    for clause in &list.clauses {
        match clause {
            FunctionArgumentClause::Where(expression) | FunctionArgumentClause::Limit(expression) => {
                each_expression(resolver, expression, precedence);
            }
            FunctionArgumentClause::OrderBy(orders) => {
                for order in orders {
                    each_expression(resolver, &order.expr, precedence);
                }
            }
            FunctionArgumentClause::Having(bound) => each_expression(resolver, &bound.1, precedence),
            _ => {}
        }
    }
}

/// One argument. `f(a = b)` names an argument of a table function and compares in any other.
pub(super) fn each_argument(resolver: &mut Resolver<'_>, argument: &FunctionArg, table_function: bool) {
    let value = match argument {
        FunctionArg::Named { name, arg, operator } => {
            if *operator == FunctionArgOperator::Equals && !table_function {
                let (name, span) = ident(resolver, name);
                resolver.column(&name, span, Precedence::Column);
            }
            arg
        }
        FunctionArg::ExprNamed { name, arg, .. } => {
            each_expression(resolver, name, Precedence::Column);
            arg
        }
        FunctionArg::Unnamed(arg) => arg,
    };
    match value {
        FunctionArgExpr::Expr(expression) => each_expression(resolver, expression, Precedence::Column),
        FunctionArgExpr::QualifiedWildcard(name) => qualified_star(resolver, name),
        // `count(*)` uses no column.
        FunctionArgExpr::Wildcard => {}
        FunctionArgExpr::WildcardWithOptions(options) => {
            let sources = current_sources(resolver);
            wildcard(resolver, sources.clone(), options, &mut Vec::new());
            for source in &sources {
                resolver.consume_source(source);
            }
        }
    }
}

/// `columns(*)`, `columns([names])`; a pattern or a lambda could mean any column.
fn columns(resolver: &mut Resolver<'_>, call: &Function) {
    let sources = current_sources(resolver);
    let FunctionArguments::List(list) = &call.args else { return };
    for argument in &list.args {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard | FunctionArgExpr::Expr(Expr::Wildcard(_))) => {
                for source in &sources {
                    resolver.consume_source(source);
                }
            }
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(array))) => {
                for element in &array.elem {
                    if let Expr::Value(value) = element
                        && let Value::SingleQuotedString(name) = &value.value
                    {
                        let span = resolver.places.span(value.span);
                        resolver.column(name, span, Precedence::Column);
                    }
                }
            }
            FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) => resolver.unknown(&sources),
            other => each_argument(resolver, other, false),
        }
    }
}

fn lambda_function(resolver: &mut Resolver<'_>, lambda: &LambdaFunction, precedence: Precedence) {
    resolver.lambdas.push(lambda.params.iter().map(|parameter| parameter.name.value.to_lowercase()).collect());
    each_expression(resolver, &lambda.body, precedence);
    resolver.lambdas.pop();
}

/// The expressions of a window.
pub(super) fn window(resolver: &mut Resolver<'_>, specification: &WindowSpec) {
    for expression in &specification.partition_by {
        each_expression(resolver, expression, Precedence::Column);
    }
    for order in &specification.order_by {
        each_expression(resolver, &order.expr, Precedence::Column);
    }
    let Some(frame) = &specification.window_frame else { return };
    for bound in [Some(&frame.start_bound), frame.end_bound.as_ref()].into_iter().flatten() {
        if let WindowFrameBound::Preceding(Some(expression)) | WindowFrameBound::Following(Some(expression)) = bound {
            each_expression(resolver, expression, Precedence::Column);
        }
    }
}

/// The strings and numbers among the arguments of a function, also those in a list.
pub(super) fn literal_arguments(arguments: &[FunctionArg]) -> Vec<String> {
    let mut literals = Vec::new();
    for argument in arguments {
        let value = match argument {
            FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => arg,
        };
        match value {
            FunctionArgExpr::Expr(Expr::Array(array)) => literals.extend(array.elem.iter().filter_map(literal)),
            FunctionArgExpr::Expr(expression) => literals.extend(literal(expression)),
            _ => {}
        }
    }
    literals
}

/// The strings and numbers of a list that holds nothing else.
pub(super) fn single_literals(list: &[Expr]) -> Option<Vec<String>> {
    list.iter().map(literal).collect()
}

fn literal(expression: &Expr) -> Option<String> {
    let Expr::Value(value) = expression else { return None };
    match &value.value {
        Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text.clone()),
        Value::Number(text, _) => Some(text.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}
