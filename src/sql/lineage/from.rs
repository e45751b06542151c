//! `from` clauses: relations, files, table functions, sub-queries and joins.

use super::super::reference::{TableReference, TextSpan};
use super::expression::{argument_value, expression, expressions};
use super::flow::{Flow, Transformation};
use super::keys::{self, Driving};
use super::nullness::{Nullness, held};
use super::query::{merged_columns, query};
use super::scope::{Merged, Rest, Shape, ShapeColumn, Source, Tracer, whole};
use crate::sql::expression::literal_arguments;
use crate::sql::from::table_reference;
use crate::sql::query::lower_parts;
use sqlparser::ast::{
    Expr, FunctionArg, JoinConstraint, JoinOperator, ObjectName, Spanned, TableAlias, TableFactor, TableWithJoins,
};
use std::rc::Rc;

/// One item of a `from` clause with its joins; its sources are added to the innermost query.
pub(super) fn tables(tracer: &mut Tracer<'_>, tables: &TableWithJoins) {
    let start = count(tracer);
    factor(tracer, &tables.relation);
    let single = start == 0 && count(tracer) == 1;
    if let Some(frame) = tracer.frames.last_mut() {
        frame.driving = single.then(|| Driving { source: 0, conditions: Vec::new() });
    }
    for join in &tables.joins {
        let left = count(tracer);
        factor(tracer, &join.relation);
        keys::join(tracer, &join.join_operator, left);
        join_operator(tracer, &join.join_operator, start, left);
    }
}

fn count(tracer: &Tracer<'_>) -> usize {
    tracer.frames.last().map_or(0, |frame| frame.sources.len())
}

fn join_operator(tracer: &mut Tracer<'_>, operator: &JoinOperator, start: usize, left: usize) {
    use JoinOperator as J;
    let (constraint, side) = match operator {
        J::Join(c) | J::Inner(c) | J::Left(c) | J::LeftOuter(c) | J::CrossJoin(c) | J::StraightJoin(c) => {
            (Some(c), Side::Left)
        }
        J::Right(c) | J::RightOuter(c) | J::RightSemi(c) | J::RightAnti(c) => (Some(c), Side::Right),
        J::FullOuter(c) => (Some(c), Side::Both),
        J::Semi(c) | J::LeftSemi(c) | J::Anti(c) | J::LeftAnti(c) => (Some(c), Side::OnlyLeft),
        J::AsOf { match_condition, constraint } => {
            let flow = expression(tracer, match_condition);
            tracer.influence(flow, Transformation::Join);
            (Some(constraint), Side::Left)
        }
        J::CrossApply | J::OuterApply | J::ArrayJoin | J::LeftArrayJoin | J::InnerArrayJoin => (None, Side::Left),
    };
    outer_sides(tracer, operator, start, left);
    match constraint {
        Some(JoinConstraint::On(condition)) => {
            let flow = expression(tracer, condition);
            tracer.influence(flow, Transformation::Join);
            if matches!(operator, J::Join(_) | J::Inner(_) | J::Semi(_) | J::LeftSemi(_)) {
                tracer.never_null(&held(condition));
            }
        }
        Some(JoinConstraint::Using(names)) => {
            let names: Vec<(String, TextSpan)> = names
                .iter()
                .filter_map(|name| Some((lower_parts(name).pop()?, tracer.places.span(name.span()))))
                .collect();
            merge(tracer, &names, start, left, side);
            if matches!(operator, J::Join(_) | J::Inner(_)) {
                merged_never_null(tracer, &names, start);
            }
        }
        Some(JoinConstraint::Natural) => natural(tracer, start, left, side),
        Some(JoinConstraint::None) | None => {}
    }
    // The right side of a semi or anti join is not visible behind it.
    if side == Side::OnlyLeft
        && let Some(frame) = tracer.frames.last_mut()
    {
        frame.sources.truncate(left);
    }
}

/// The columns of a side that may have no row to match may be null.
fn outer_sides(tracer: &mut Tracer<'_>, operator: &JoinOperator, start: usize, left: usize) {
    use JoinOperator as J;
    let may_be = Some(Nullness::Maybe);
    let (own, other) = match operator {
        J::Left(_) | J::LeftOuter(_) => (None, may_be),
        J::Right(_) | J::RightOuter(_) => (may_be, None),
        J::FullOuter(_) => (may_be.clone(), may_be),
        // Inner or outer: the syntax tree does not say.
        J::AsOf { .. } | J::OuterApply | J::LeftArrayJoin => (None, Some(Nullness::Unknown)),
        _ => (None, None),
    };
    let Some(frame) = tracer.frames.last_mut() else { return };
    let of = |place: usize| if place < left { own.as_ref() } else { other.as_ref() };
    for (place, source) in frame.sources.iter_mut().enumerate().skip(start.min(left)) {
        if let Some(null) = of(place) {
            source.shape = Rc::new((*source.shape).clone().with_null(null));
        }
    }
    for merged in frame.merged.iter_mut().filter(|merged| merged.sources.start >= start) {
        if let Some(null) = of(merged.sources.start) {
            merged.flow = Rc::new((*merged.flow).clone().with_null(null.clone()));
        }
    }
}

fn merged_never_null(tracer: &mut Tracer<'_>, names: &[(String, TextSpan)], start: usize) {
    let Some(frame) = tracer.frames.last_mut() else { return };
    let is_meant =
        |merged: &Merged| merged.sources.start == start && names.iter().any(|(name, _)| **name == *merged.name);
    for merged in frame.merged.iter_mut().filter(|merged| is_meant(merged)) {
        merged.flow = Rc::new((*merged.flow).clone().with_null(Nullness::Never));
    }
}

/// Which side gives a column that both have.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
    Both,
    OnlyLeft,
}

/// Columns that a join merges: of which side they come, and that rows are joined by them.
fn merge(tracer: &mut Tracer<'_>, names: &[(String, TextSpan)], start: usize, left: usize, side: Side) {
    for (name, span) in names {
        let Some(frame) = tracer.frames.last() else { return };
        let name: Rc<str> = name.as_str().into();
        let of = |places: std::ops::Range<usize>| {
            let earlier =
                frame.merged.iter().find(|merged| merged.name == name && places.contains(&merged.sources.start));
            earlier.map(|merged| merged.flow.clone()).or_else(|| {
                frame.sources[places].iter().find_map(|source| {
                    let known = source.shape.column(&name).cloned();
                    known.or_else(|| match &source.shape.rest {
                        Some(Rest::Of(..)) => source.shape.rest_column(&name, *span).map(Rc::new),
                        _ => None,
                    })
                })
            })
        };
        let own = of(start.min(left)..left).unwrap_or_default();
        let other = of(left..frame.sources.len()).unwrap_or_default();
        let mut both = (*own).clone();
        both.add(&other);
        let flow = match side {
            Side::Left | Side::OnlyLeft => own,
            Side::Right => other,
            Side::Both => Rc::new(both.clone().raised(Transformation::Transformation).with_null(Nullness::Unknown)),
        };
        tracer.influence(both, Transformation::Join);
        if side != Side::OnlyLeft
            && let Some(frame) = tracer.frames.last_mut()
        {
            frame.merged.retain(|merged| merged.name != name || merged.sources.start < start);
            let sources = start.min(left)..frame.sources.len();
            frame.merged.push(Merged { name, flow, sources });
        }
    }
}

fn natural(tracer: &mut Tracer<'_>, start: usize, left: usize, side: Side) {
    let Some(frame) = tracer.frames.last() else { return };
    let names = |sources: &[Source]| -> Option<Vec<Rc<str>>> {
        let known = sources.iter().all(|source| source.shape.rest.is_none());
        let columns = sources.iter().flat_map(|source| &source.shape.columns);
        known.then(|| columns.filter_map(|column| column.name.clone()).collect())
    };
    let both = names(&frame.sources[start.min(left)..left]).zip(names(&frame.sources[left..]));
    let nowhere = TextSpan { start: 0, end: 0 };
    match both {
        Some((own, other)) => {
            let common = own.iter().filter(|name| other.contains(name));
            let common: Vec<(String, TextSpan)> = common.map(|name| (name.to_string(), nowhere)).collect();
            merge(tracer, &common, start, left, side);
        }
        None => {
            let unknown =
                Shape { rest: Some(Rest::Unknown("a natural join of unknown columns".into())), ..Shape::default() };
            add(tracer, Rc::new(unknown), Vec::new(), None);
        }
    }
}

fn factor(tracer: &mut Tracer<'_>, factor: &TableFactor) {
    match factor {
        TableFactor::Table { name, alias, args: None, .. } => {
            let (shape, path) = named(tracer, name);
            add(tracer, shape, path, alias.as_ref());
        }
        TableFactor::Table { name, alias, args: Some(args), .. } => {
            table_function(tracer, name, &args.args, alias.as_ref());
        }
        TableFactor::Function { name, args, alias, .. } => table_function(tracer, name, args, alias.as_ref()),
        TableFactor::Derived { subquery, alias, .. } => {
            let shape = query(tracer, subquery);
            add(tracer, shape, Vec::new(), alias.as_ref());
        }
        TableFactor::UNNEST { alias, array_exprs, .. } => {
            let flow = expressions(tracer, array_exprs.iter()).raised(Transformation::Transformation);
            let flow = flow.with_null(Nullness::Unknown);
            add(tracer, made_of("unnest", flow), vec!["unnest".into()], alias.as_ref());
        }
        TableFactor::NestedJoin { table_with_joins, alias } => nested(tracer, table_with_joins, alias.as_ref()),
        TableFactor::Pivot { table, aggregate_functions, value_column, alias, .. } => {
            let aggregates: Vec<&Expr> = aggregate_functions.iter().map(|item| &item.expr).collect();
            pivot(tracer, table, &aggregates, value_column, alias.as_ref());
        }
        TableFactor::Unpivot { table, columns, alias, name, .. } => {
            let names: Vec<String> = columns.iter().filter_map(|item| bare(&item.expr)).collect();
            unpivot(tracer, table, &names, &name.value, alias.as_ref());
        }
        _ => {
            let shape = Shape { rest: Some(Rest::Unknown("a kind of from clause".into())), ..Shape::default() };
            add(tracer, Rc::new(shape), Vec::new(), None);
        }
    }
}

/// A shape of one column.
fn made_of(name: &str, flow: Flow) -> Rc<Shape> {
    let column = ShapeColumn { name: Some(name.into()), flow: Rc::new(flow) };
    Rc::new(Shape { columns: vec![column], ..Shape::default() })
}

fn bare(inner: &Expr) -> Option<String> {
    match inner {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        _ => None,
    }
}

fn add(tracer: &mut Tracer<'_>, shape: Rc<Shape>, path: Vec<String>, alias: Option<&TableAlias>) {
    if let Some(indirect) = tracer.indirect.last_mut() {
        indirect.add(&shape.indirect);
    }
    let names: Vec<Rc<str>> = alias
        .map(|alias| alias.columns.iter().map(|column| column.name.value.to_lowercase().into()).collect())
        .unwrap_or_default();
    let shape = if names.is_empty() { shape } else { Rc::new((*shape).clone().renamed(&names)) };
    let path = alias.map_or(path, |alias| vec![alias.name.value.to_lowercase()]);
    if let Some(frame) = tracer.frames.last_mut() {
        frame.sources.push(Source { path, shape });
    }
}

/// A name after `from`: a common table expression, a relation, or a file in single quotes.
fn named(tracer: &mut Tracer<'_>, name: &ObjectName) -> (Rc<Shape>, Vec<String>) {
    if let [part] = name.0.as_slice()
        && let Some(file) = part.as_ident().filter(|ident| ident.quote_style == Some('\''))
    {
        let stem = file.value.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
        let table = external(&file.value, tracer.places.span(file.span));
        return (tracer.base(table, true), vec![stem.to_lowercase()]);
    }
    match table_reference(tracer.places, name) {
        Ok(table) => {
            let (database, schema, name) = table.key();
            let path = database.into_iter().chain(schema).chain([name]).collect();
            (tracer.relation(table), path)
        }
        Err(unparsed) => {
            let rest = Some(Rest::Unknown(unparsed.reason.as_str().into()));
            (Rc::new(Shape { rest, ..Shape::default() }), Vec::new())
        }
    }
}

fn external(name: &str, span: TextSpan) -> TableReference {
    TableReference { database: None, schema: None, name: name.to_string(), quoted: [false; 3], span }
}

fn table_function(tracer: &mut Tracer<'_>, name: &ObjectName, args: &[FunctionArg], alias: Option<&TableAlias>) {
    let function = name.to_string().replace('"', "").to_lowercase();
    let mut given = Flow::default();
    for inner in args {
        given.add(&argument_value(tracer, inner));
    }
    let given = given.raised(Transformation::Transformation);
    let span = tracer.places.span(name.span());
    let given = given.with_null(Nullness::Unknown);
    let shape = match function.as_str() {
        "unnest" | "range" | "generate_series" => made_of(&function, given),
        "query" | "query_table" => Rc::new(Shape {
            rest: Some(Rest::Unknown(format!("what `{function}` reads is made when it runs").into())),
            ..Shape::default()
        }),
        // A function over columns gives what it makes of them; one over constants is a source of its own.
        _ if !given.inputs.is_empty() => Rc::new(Shape { rest: Some(Rest::Like(Rc::new(given))), ..Shape::default() }),
        _ => {
            let literals = literal_arguments(args);
            let shown =
                literals.first().map_or_else(|| format!("{function}()"), |first| format!("{function}('{first}')"));
            tracer.base(external(&shown, span), true)
        }
    };
    add(tracer, shape, vec![function], alias);
}

/// `(a join b) as x` hides its parts behind the alias.
fn nested(tracer: &mut Tracer<'_>, inner: &TableWithJoins, alias: Option<&TableAlias>) {
    let start = count(tracer);
    tables(tracer, inner);
    let Some(alias) = alias else { return };
    let shape = Rc::new(taken(tracer, start));
    add(tracer, shape, Vec::new(), Some(alias));
}

/// The sources behind the first `start`, taken out of the query, as one shape.
fn taken(tracer: &mut Tracer<'_>, start: usize) -> Shape {
    let Some(frame) = tracer.frames.last_mut() else { return Shape::default() };
    let sources: Vec<Source> = frame.sources.drain(start..).collect();
    let merged: Vec<Merged> = frame.merged.extract_if(.., |merged| merged.sources.start >= start).collect();
    let mut shape = Shape { columns: merged_columns(&sources, &merged, start), ..Shape::default() };
    for source in &sources {
        shape.rest = shape.rest.take().or_else(|| source.shape.rest.clone());
    }
    if sources.len() > 1 && shape.rest.is_some() {
        shape.rest = Some(Rest::Unknown("a join of unknown columns".into()));
    }
    shape
}

/// The columns that are neither aggregated nor pivoted group the result; every other one is an aggregate of some rows.
fn pivot(
    tracer: &mut Tracer<'_>,
    table: &TableFactor,
    aggregates: &[&Expr],
    keys: &[Expr],
    alias: Option<&TableAlias>,
) {
    let start = count(tracer);
    factor(tracer, table);
    let mut made = expressions(tracer, aggregates.iter().copied());
    let pivoted = expressions(tracer, keys.iter());
    let taken = taken(tracer, start);
    let used = |column: &ShapeColumn| {
        column
            .flow
            .inputs
            .keys()
            .any(|(own, _)| made.inputs.keys().chain(pivoted.inputs.keys()).any(|(used, _)| used == own))
    };
    let columns: Vec<ShapeColumn> = taken.columns.iter().filter(|column| !used(column)).cloned().collect();
    let known = taken.rest.is_none();
    made.null = Nullness::Unknown;
    for column in &columns {
        tracer.influence((*column.flow).clone(), Transformation::GroupBy);
    }
    made.add(&pivoted.raised(Transformation::Conditional));
    let rest = if known { Rest::Like(Rc::new(made)) } else { Rest::Unknown("a pivot over unknown columns".into()) };
    let shape = Shape { columns, rest: Some(rest), indirect: taken.indirect, ..Shape::default() };
    add(tracer, Rc::new(shape), Vec::new(), alias);
}

/// The columns that are turned into rows become a name, which is a constant, and a value.
fn unpivot(tracer: &mut Tracer<'_>, table: &TableFactor, names: &[String], label: &str, alias: Option<&TableAlias>) {
    let start = count(tracer);
    factor(tracer, table);
    let taken = taken(tracer, start);
    if taken.rest.is_some() || names.is_empty() {
        let rest = Some(Rest::Unknown("an unpivot over unknown columns".into()));
        add(tracer, Rc::new(Shape { rest, ..Shape::default() }), Vec::new(), alias);
        return;
    }
    let turned = |column: &&ShapeColumn| column.name.as_deref().is_some_and(|name| names.iter().any(|own| own == name));
    let values = Shape { columns: taken.columns.iter().filter(turned).cloned().collect(), ..Shape::default() };
    let mut columns: Vec<ShapeColumn> = taken.columns.iter().filter(|column| !turned(column)).cloned().collect();
    columns.push(ShapeColumn { name: Some(label.to_lowercase().into()), flow: Rc::default() });
    let value = whole(&values).raised(Transformation::Transformation).with_null(Nullness::Unknown);
    let value = Rc::new(value);
    columns.push(ShapeColumn { name: None, flow: value });
    add(tracer, Rc::new(Shape { columns, indirect: taken.indirect, ..Shape::default() }), Vec::new(), alias);
}
