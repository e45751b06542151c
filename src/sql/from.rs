//! `from` clauses: tables, files, table functions, sub-queries and joins. Owns how their names come into scope.

use super::expression::{each_argument, each_expression, literal_arguments};
use super::query::{consumed_query, parts};
use super::reference::{ColumnUse, ExternalRead, TableReference, TextSpan, Unparsed};
use super::scope::{Output, OutputItem, Precedence, Relation, Resolver, Source};
use super::text::Places;
use sqlparser::ast::{
    Expr, FunctionArg, Ident, JoinConstraint, JoinOperator, ObjectName, PivotValueSource, Spanned, TableAlias,
    TableFactor, TableWithJoins,
};
use std::rc::Rc;

/// One item of a `from` clause with its joins; its sources are added to the innermost query.
pub(super) fn tables(resolver: &mut Resolver<'_>, tables: &TableWithJoins) {
    let start = source_count(resolver);
    factor(resolver, &tables.relation);
    for join in &tables.joins {
        let left = source_count(resolver) - start;
        factor(resolver, &join.relation);
        join_operator(resolver, &join.join_operator, start, left);
    }
}

fn source_count(resolver: &Resolver<'_>) -> usize {
    resolver.frames.last().map_or(0, |frame| frame.sources.len())
}

fn join_operator(resolver: &mut Resolver<'_>, operator: &JoinOperator, start: usize, left: usize) {
    use JoinOperator as J;
    let (constraint, only_left) = match operator {
        J::Join(c) | J::Inner(c) | J::Left(c) | J::LeftOuter(c) | J::Right(c) | J::RightOuter(c) => (Some(c), false),
        J::FullOuter(c) | J::CrossJoin(c) | J::StraightJoin(c) => (Some(c), false),
        J::Semi(c) | J::LeftSemi(c) | J::Anti(c) | J::LeftAnti(c) => (Some(c), true),
        J::RightSemi(c) | J::RightAnti(c) => (Some(c), false),
        J::AsOf { match_condition, constraint } => {
            each_expression(resolver, match_condition, Precedence::Column);
            (Some(constraint), false)
        }
        J::CrossApply | J::OuterApply | J::ArrayJoin | J::LeftArrayJoin | J::InnerArrayJoin => (None, false),
    };
    if let Some(constraint) = constraint {
        join_constraint(resolver, constraint, start, left);
    }
    // The right side of a semi or anti join is not visible behind it.
    if only_left && let Some(frame) = resolver.frames.last_mut() {
        frame.sources.truncate(start + left);
    }
}

fn join_constraint(resolver: &mut Resolver<'_>, constraint: &JoinConstraint, start: usize, left: usize) {
    let sources: Vec<Source> =
        resolver.frames.last().and_then(|frame| frame.sources.get(start..)).map(<[Source]>::to_vec).unwrap_or_default();
    match constraint {
        JoinConstraint::On(expression) => each_expression(resolver, expression, Precedence::Column),
        JoinConstraint::Using(names) => {
            for name in names {
                let Some((name, span)) = parts(resolver, name).pop() else { continue };
                resolver.using(&sources, left, &ColumnUse { name: name.to_lowercase(), span });
            }
        }
        JoinConstraint::Natural => resolver.unknown(&sources),
        JoinConstraint::None => {}
    }
}

fn factor(resolver: &mut Resolver<'_>, factor: &TableFactor) {
    match factor {
        TableFactor::Table { name, alias, args: None, .. } => {
            let (relation, path) = named(resolver, name);
            add(resolver, relation, path, alias.as_ref());
        }
        TableFactor::Table { name, alias, args: Some(args), .. } => {
            table_function(resolver, name, &args.args, alias.as_ref());
        }
        TableFactor::Function { name, args, alias, .. } => table_function(resolver, name, args, alias.as_ref()),
        TableFactor::Derived { subquery, alias, .. } => {
            let output = super::query::query(resolver, subquery);
            add(resolver, Relation::Derived(output), Vec::new(), alias.as_ref());
        }
        TableFactor::UNNEST { alias, array_exprs, .. } => {
            for expression in array_exprs {
                each_expression(resolver, expression, Precedence::Column);
            }
            let output = Output::named(["unnest".to_string()]);
            add(resolver, Relation::Derived(output), vec!["unnest".into()], alias.as_ref());
        }
        TableFactor::TableFunction { expr, alias } | TableFactor::JsonTable { json_expr: expr, alias, .. } => {
            each_expression(resolver, expr, Precedence::Column);
            add(resolver, Relation::Opaque, Vec::new(), alias.as_ref());
        }
        TableFactor::NestedJoin { table_with_joins, alias } => nested(resolver, table_with_joins, alias.as_ref()),
        TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => pivot(resolver, factor),
        other => {
            let reason = "this item of a from clause is not known to DuckDB".to_string();
            resolver.unparsed.push(Unparsed { reason, span: resolver.places.span(other.span()), statement: false });
            add(resolver, Relation::Opaque, Vec::new(), None);
        }
    }
}

fn add(resolver: &mut Resolver<'_>, relation: Relation, path: Vec<String>, alias: Option<&TableAlias>) {
    let path = alias.map_or(path, |alias| vec![alias.name.value.to_lowercase()]);
    let renamed = alias
        .map(|alias| alias.columns.iter().map(|column| column.name.value.to_lowercase()).collect())
        .unwrap_or_default();
    if let Some(frame) = resolver.frames.last_mut() {
        frame.sources.push(Source { path, relation, renamed });
    }
}

/// A name after `from`: a common table expression, a relation, or a file in single quotes.
fn named(resolver: &mut Resolver<'_>, name: &ObjectName) -> (Relation, Vec<String>) {
    if let [part] = name.0.as_slice()
        && let Some(file) = part.as_ident().filter(|ident| ident.quote_style == Some('\''))
    {
        let span = resolver.places.span(file.span);
        let stem = file.value.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
        let path = vec![stem.to_lowercase()];
        let external = ExternalRead { function: String::new(), arguments: vec![file.value.clone()], span };
        resolver.external.push(external);
        return (Relation::Opaque, path);
    }
    match table_reference(resolver.places, name) {
        Ok(table) => {
            let (database, schema, name) = table.key();
            let path = database.into_iter().chain(schema).chain([name]).collect();
            (resolver.relation(table), path)
        }
        Err(unparsed) => {
            resolver.unparsed.push(unparsed);
            (Relation::Opaque, Vec::new())
        }
    }
}

/// The relation that a name of one to three parts means.
pub(super) fn table_reference(places: &Places<'_>, name: &ObjectName) -> Result<TableReference, Unparsed> {
    let span = places.span(name.span());
    let unparsed = |reason: &str| Unparsed { reason: reason.into(), span, statement: false };
    let idents: Option<Vec<&Ident>> = name.0.iter().map(|part| part.as_ident()).collect();
    let idents = idents.ok_or_else(|| unparsed("the relation's name is an expression"))?;
    let quoted = |index: usize| idents.get(index).is_some_and(|ident| ident.quote_style.is_some());
    let text = |index: usize| idents.get(index).map(|ident| ident.value.clone());
    let (database, schema, relation) = match idents.len() {
        1 => (None, None, 0),
        2 => (None, Some(0), 1),
        3 => (Some(0), Some(1), 2),
        _ => return Err(unparsed("a relation's name has at most three parts")),
    };
    Ok(TableReference {
        database: database.and_then(text),
        schema: schema.and_then(text),
        name: text(relation).unwrap_or_default(),
        quoted: [database.is_some_and(quoted), schema.is_some_and(quoted), quoted(relation)],
        span,
    })
}

fn table_function(resolver: &mut Resolver<'_>, name: &ObjectName, args: &[FunctionArg], alias: Option<&TableAlias>) {
    let function = name.to_string().replace('"', "").to_lowercase();
    let span = resolver.places.span(name.span());
    for argument in args {
        each_argument(resolver, argument, true);
    }
    let arguments = literal_arguments(args);
    let relation = match function.as_str() {
        "unnest" | "range" | "generate_series" => Relation::Derived(Output::named([function.clone()])),
        "query_table" if arguments.len() == 1 => relation_in_quotes(resolver, &arguments[0], span),
        "query" | "query_table" => {
            let reason = format!("what `{function}` reads is made when it runs");
            resolver.unparsed.push(Unparsed { reason, span, statement: false });
            Relation::Opaque
        }
        _ => Relation::Opaque,
    };
    if !matches!(function.as_str(), "query" | "query_table") {
        resolver.external.push(ExternalRead { function: function.clone(), arguments, span });
    }
    add(resolver, relation, vec![function], alias);
}

/// `query_table('schema.name')`: a relation named by a string.
fn relation_in_quotes(resolver: &mut Resolver<'_>, text: &str, span: TextSpan) -> Relation {
    let mut parts: Vec<String> = text.split('.').map(str::to_string).collect();
    let name = parts.pop().unwrap_or_default();
    let schema = parts.pop();
    let database = parts.pop();
    resolver.relation(TableReference { database, schema, name, quoted: [false; 3], span })
}

/// `(a join b) as x` hides its parts behind the alias.
fn nested(resolver: &mut Resolver<'_>, inner: &TableWithJoins, alias: Option<&TableAlias>) {
    let start = source_count(resolver);
    tables(resolver, inner);
    let Some(alias) = alias else { return };
    let sources: Vec<Source> =
        resolver.frames.last_mut().map(|frame| frame.sources.drain(start..).collect()).unwrap_or_default();
    let star = OutputItem::Star { sources: Rc::new(sources), except: Vec::new() };
    add(resolver, Relation::Derived(Output::new(vec![vec![star]])), Vec::new(), Some(alias));
}

/// `t pivot (...)`: the columns that are not named group the result, so that all of them count.
fn pivot(resolver: &mut Resolver<'_>, pivoted: &TableFactor) {
    let (table, alias, expressions, queries) = match pivoted {
        TableFactor::Pivot { table, aggregate_functions, value_column, value_source, alias, .. } => {
            let mut expressions: Vec<&Expr> = aggregate_functions.iter().map(|item| &item.expr).collect();
            expressions.extend(value_column);
            let query = match value_source {
                PivotValueSource::Subquery(query) => Some(query),
                _ => None,
            };
            (table, alias, expressions, query)
        }
        TableFactor::Unpivot { table, columns, alias, .. } => {
            (table, alias, columns.iter().map(|item| &item.expr).collect(), None)
        }
        _ => return,
    };
    let start = source_count(resolver);
    factor(resolver, table);
    for expression in expressions {
        each_expression(resolver, expression, Precedence::Column);
    }
    if let Some(query) = queries {
        consumed_query(resolver, query);
    }
    let sources: Vec<Source> =
        resolver.frames.last_mut().map(|frame| frame.sources.drain(start..).collect()).unwrap_or_default();
    for source in &sources {
        resolver.consume_source(source);
    }
    let output = Output::new(vec![vec![OutputItem::Anything]]);
    add(resolver, Relation::Derived(output), Vec::new(), alias.as_ref());
}
