//! Queries: common table expressions, select lists, set operations.

use super::expression::{column_of_result, expression, expressions};
use super::flow::{Flow, Transformation};
use super::from;
use super::keys;
use super::nullness::{Nullness, held};
use super::scope::{Frame, Groups, Merged, Rest, Shape, ShapeColumn, Source, Tracer};
use crate::sql::query::{by_name, excluded, is_columns, lower_parts, renamed_columns};
use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, GroupByWithModifier, LimitClause, NamedWindowExpr, OrderBy, OrderByKind, Query,
    Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Spanned, WildcardAdditionalOptions, With,
};
use std::rc::Rc;

/// Rounds after which a recursive query gives no column a further input.
const RECURSIONS: usize = 3;

/// What a query returns.
pub(super) fn query(tracer: &mut Tracer<'_>, query: &Query) -> Rc<Shape> {
    tracer.open_ctes();
    if let Some(with) = &query.with {
        common_table_expressions(tracer, with);
    }
    let shape = set_expression(tracer, &query.body, query.order_by.as_ref());
    if let Some(LimitClause::LimitOffset { limit_by, .. }) = &query.limit_clause {
        expressions(tracer, limit_by.iter());
    }
    tracer.close_ctes();
    shape
}

fn common_table_expressions(tracer: &mut Tracer<'_>, with: &With) {
    for cte in &with.cte_tables {
        let names: Vec<Rc<str>> =
            cte.alias.columns.iter().map(|column| column.name.value.to_lowercase().into()).collect();
        let shape = match &*cte.query.body {
            SetExpr::SetOperation { left, right, op, set_quantifier } if with.recursive && cte.query.with.is_none() => {
                let by_name = by_name(*op, *set_quantifier);
                let mut shape = set_expression(tracer, left, None);
                let mut is_settled = false;
                for _ in 0..RECURSIONS {
                    tracer.open_ctes();
                    tracer.define_cte(&cte.alias.name.value, Rc::new((*shape).clone().renamed(&names)));
                    let step = set_expression(tracer, right, cte.query.order_by.as_ref());
                    tracer.close_ctes();
                    let next = Rc::new(united(&shape, &step, by_name));
                    is_settled =
                        shape.columns.iter().zip(&next.columns).all(|(own, next)| own.flow.null == next.flow.null);
                    shape = next;
                }
                // A null may take more rounds to get into the last column.
                if is_settled { shape } else { Rc::new((*shape).clone().with_null(&Nullness::Unknown)) }
            }
            _ => query(tracer, &cte.query),
        };
        let shape = if names.is_empty() { shape } else { Rc::new((*shape).clone().renamed(&names)) };
        tracer.define_cte(&cte.alias.name.value, shape);
    }
}

fn set_expression(tracer: &mut Tracer<'_>, body: &SetExpr, order_by: Option<&OrderBy>) -> Rc<Shape> {
    // A long chain of unions leans to the left: walked by a loop, not by recursion.
    let mut first = body;
    let mut rest = Vec::new();
    while let SetExpr::SetOperation { left, right, op, set_quantifier } = first {
        rest.push((right, by_name(*op, *set_quantifier)));
        first = left;
    }
    if rest.is_empty() {
        return single(tracer, body, order_by);
    }
    let mut shape = single(tracer, first, None);
    for (right, by_name) in rest.into_iter().rev() {
        let other = set_expression(tracer, right, None);
        shape = Rc::new(united(&shape, &other, by_name));
    }
    let Some(order) = order_by else { return shape };
    tracer.indirect.push(Flow::default());
    let source = Source { path: Vec::new(), shape: shape.clone() };
    tracer.frames.push(Frame { sources: vec![source], ..Frame::default() });
    order_clause(tracer, order);
    tracer.frames.pop();
    let sorted = tracer.indirect.pop().unwrap_or_default();
    let mut shape = (*shape).clone();
    shape.indirect.add(&sorted);
    Rc::new(shape)
}

/// Both branches together, by place or by name.
fn united(left: &Shape, right: &Shape, by_name: bool) -> Shape {
    let mut all = left.clone();
    all.keys.clear();
    all.indirect.add(&right.indirect);
    let join = |column: &mut ShapeColumn, other: &Flow| {
        let mut flow = (*column.flow).clone();
        flow.add(other);
        flow.null = std::mem::take(&mut flow.null).or(other.null.clone());
        column.flow = Rc::new(flow);
    };
    if by_name {
        // A column that only one side has is null in the rows of the other.
        let lacking = |other: &Shape| if other.rest.is_none() { Nullness::Maybe } else { Nullness::Unknown };
        let is_shared = |column: &ShapeColumn| column.name.as_ref().is_some_and(|name| right.column(name).is_some());
        for own in all.columns.iter_mut().filter(|own| !is_shared(own)) {
            own.flow = Rc::new((*own.flow).clone().with_null(lacking(right)));
        }
        for column in &right.columns {
            let own = all.columns.iter_mut().find(|own| own.name.is_some() && own.name == column.name);
            match own {
                Some(own) => join(own, &column.flow),
                None => {
                    let flow = Rc::new((*column.flow).clone().with_null(lacking(left)));
                    all.columns.push(ShapeColumn { name: column.name.clone(), flow });
                }
            }
        }
    } else {
        for (own, column) in all.columns.iter_mut().zip(&right.columns) {
            join(own, &column.flow);
        }
    }
    if left.rest.is_some() || right.rest.is_some() {
        all.rest = Some(Rest::Unknown("a set operation over columns that are not known".into()));
        if !by_name {
            // Which place of the listed side belongs to the other's star is not known either.
            let unknown = Flow::unknown("a set operation over columns that are not known");
            all.columns.iter_mut().for_each(|column| join(column, &unknown));
        }
    }
    all
}

fn single(tracer: &mut Tracer<'_>, body: &SetExpr, order_by: Option<&OrderBy>) -> Rc<Shape> {
    match body {
        SetExpr::Select(inner) => select(tracer, inner, order_by),
        SetExpr::Query(inner) => query(tracer, inner),
        SetExpr::SetOperation { .. } => set_expression(tracer, body, order_by),
        SetExpr::Values(values) => {
            let mut columns: Vec<ShapeColumn> = Vec::new();
            for row in &values.rows {
                for (place, value) in row.content.iter().enumerate() {
                    let flow = column_of_result(tracer, value).raised(Transformation::Transformation);
                    match columns.get_mut(place) {
                        Some(column) => {
                            let mut both = (*column.flow).clone();
                            both.add(&flow);
                            both.null = std::mem::take(&mut both.null).or(flow.null);
                            column.flow = Rc::new(both);
                        }
                        None => {
                            let name = Some(format!("col{place}").into());
                            columns.push(ShapeColumn { name, flow: Rc::new(flow) });
                        }
                    }
                }
            }
            Rc::new(Shape { columns, ..Shape::default() })
        }
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) | SetExpr::Table(_) => {
            Rc::new(Shape { rest: Some(Rest::Unknown("not a select".into())), ..Shape::default() })
        }
    }
}

fn select(tracer: &mut Tracer<'_>, select: &Select, order_by: Option<&OrderBy>) -> Rc<Shape> {
    tracer.frames.push(Frame::default());
    tracer.indirect.push(Flow::default());
    for tables in &select.from {
        from::tables(tracer, tables);
    }
    let filters = select.selection.iter().flat_map(held).collect::<Vec<_>>();
    tracer.never_null(&filters);
    let groups = groups(&select.group_by);
    if let Some(frame) = tracer.frames.last_mut() {
        frame.groups = groups;
    }
    let mut shape = Shape::default();
    for item in &select.projection {
        select_item(tracer, item, &mut shape);
    }
    if select.projection.is_empty() {
        star(tracer, &current_sources(tracer), &mut shape, &|_| true);
    }
    if has_sets(&select.group_by) {
        // In the rows of one set the keys of the others are null.
        shape = shape.with_null(&Nullness::Unknown);
    }
    clauses(tracer, select, &shape);
    shape.keys = tracer.frames.last().map(|frame| keys::of_select(frame, select, &shape)).unwrap_or_default();
    if let Some(order) = order_by {
        order_clause(tracer, order);
    }
    tracer.frames.pop();
    shape.indirect = tracer.indirect.pop().unwrap_or_default();
    Rc::new(shape)
}

fn groups(clause: &GroupByExpr) -> Groups {
    match clause {
        GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty() => Groups::None,
        // `group by ()` gives a row for no row.
        GroupByExpr::Expressions(keys, _)
            if keys.iter().any(|key| matches!(key, Expr::Tuple(parts) if parts.is_empty())) =>
        {
            Groups::Other
        }
        GroupByExpr::Expressions(..) if !has_sets(clause) => Groups::Keys,
        // Without a column that is no aggregate, `all` is nothing.
        _ => Groups::Other,
    }
}

fn has_sets(clause: &GroupByExpr) -> bool {
    let is_set = |key: &Expr| matches!(key, Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_));
    match clause {
        GroupByExpr::All(modifiers) => !modifiers.is_empty(),
        GroupByExpr::Expressions(keys, modifiers) => !modifiers.is_empty() || keys.iter().any(is_set),
    }
}

fn clauses(tracer: &mut Tracer<'_>, select: &Select, shape: &Shape) {
    if let Some(Distinct::On(on)) = &select.distinct {
        let flow = expressions(tracer, on.iter());
        tracer.influence(flow, Transformation::GroupBy);
    }
    let filters = [&select.selection, &select.prewhere, &select.having, &select.qualify];
    let filters = expressions(tracer, filters.into_iter().flatten());
    tracer.influence(filters, Transformation::Filter);
    match &select.group_by {
        // Every column without an aggregate groups.
        GroupByExpr::All(_) => {
            for column in &shape.columns {
                if column.flow.inputs.keys().all(|(_, kind)| *kind != Transformation::Aggregation) {
                    tracer.influence((*column.flow).clone(), Transformation::GroupBy);
                }
            }
        }
        GroupByExpr::Expressions(keys, modifiers) => {
            for key in keys {
                let flow = group_key(tracer, key, shape);
                tracer.influence(flow, Transformation::GroupBy);
            }
            for modifier in modifiers {
                if let GroupByWithModifier::GroupingSets(sets) = modifier {
                    let flow = expression(tracer, sets);
                    tracer.influence(flow, Transformation::GroupBy);
                }
            }
        }
    }
    for window in &select.named_window {
        if let NamedWindowExpr::WindowSpec(specification) = &window.1 {
            let flow = super::expression::window(tracer, specification);
            tracer.influence(flow, Transformation::Window);
        }
    }
}

/// `group by 1` names the first column of the select list.
fn group_key(tracer: &mut Tracer<'_>, key: &Expr, shape: &Shape) -> Flow {
    match position(key).and_then(|place| shape.columns.get(place)) {
        Some(column) => (*column.flow).clone(),
        None => expression(tracer, key),
    }
}

/// The place of a column that is named by its number.
pub(super) fn position(key: &Expr) -> Option<usize> {
    match key {
        Expr::Value(value) => match &value.value {
            sqlparser::ast::Value::Number(text, _) => text.parse::<usize>().ok()?.checked_sub(1),
            _ => None,
        },
        _ => None,
    }
}

fn order_clause(tracer: &mut Tracer<'_>, order: &OrderBy) {
    if let OrderByKind::Expressions(keys) = &order.kind {
        for key in keys {
            let flow = match &key.expr {
                // Only a bare name means an alias first.
                Expr::Identifier(name) => tracer.column(&name.value, tracer.places.span(name.span), true),
                other => expression(tracer, other),
            };
            tracer.influence(flow, Transformation::Sort);
        }
    }
}

fn select_item(tracer: &mut Tracer<'_>, item: &SelectItem, shape: &mut Shape) {
    match item {
        SelectItem::UnnamedExpr(inner) => {
            if !expanded(tracer, inner, None, shape) {
                let flow = Rc::new(column_of_result(tracer, inner));
                shape.columns.push(ShapeColumn { name: unnamed(inner), flow });
            }
        }
        SelectItem::ExprWithAlias { expr, alias } => {
            if !expanded(tracer, expr, Some(&alias.value), shape) {
                let flow = Rc::new(column_of_result(tracer, expr));
                tracer.define_alias(&alias.value, flow.clone());
                shape.columns.push(ShapeColumn { name: Some(alias.value.to_lowercase().into()), flow });
            }
        }
        SelectItem::ExprWithAliases { expr, aliases } => {
            let flow = expression(tracer, expr).raised(Transformation::Transformation);
            let flow = Rc::new(flow.with_null(Nullness::Unknown));
            let columns = aliases
                .iter()
                .map(|alias| ShapeColumn { name: Some(alias.value.to_lowercase().into()), flow: flow.clone() });
            shape.columns.extend(columns);
        }
        SelectItem::Wildcard(options) => wildcard(tracer, &current_sources(tracer), options, shape),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
            match tracer.source(&lower_parts(name)).cloned() {
                Some(source) => wildcard(tracer, &[source], options, shape),
                None => {
                    let span = tracer.places.span(name.span());
                    let parts: Vec<_> = lower_parts(name).into_iter().map(|part| (part, span)).collect();
                    let flow = tracer.qualified(&parts, false).raised(Transformation::Transformation);
                    shape.rest = Some(Rest::Like(Rc::new(flow)));
                }
            }
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(inner), _) => {
            let flow = expression(tracer, inner).raised(Transformation::Transformation);
            shape.rest = Some(Rest::Like(Rc::new(flow)));
        }
    }
}

/// An expression with `columns(...)` in it stands for a column for each that it matches; gives whether it was one.
fn expanded(tracer: &mut Tracer<'_>, inner: &Expr, alias: Option<&str>, shape: &mut Shape) -> bool {
    if !super::expression::holds_columns(inner) {
        return false;
    }
    let Some(matched) = super::expression::matched_columns(tracer, inner) else {
        shape.rest = Some(Rest::Unknown("columns(...) over columns that are not known".into()));
        return true;
    };
    for (name, flow) in matched {
        let own = matches!(inner, Expr::Function(call) if is_columns(&call.name));
        let kind = if own { Transformation::Identity } else { super::expression::kind_of(inner) };
        let name = alias.map(|alias| alias.to_lowercase().into()).or_else(|| own.then(|| name.clone()));
        let null = if own { flow.null.clone() } else { Nullness::Unknown };
        shape.columns.push(ShapeColumn { name, flow: Rc::new((*flow).clone().raised(kind).with_null(null)) });
    }
    true
}

/// The name of an expression that has no alias, where syntax gives one.
fn unnamed(inner: &Expr) -> Option<Rc<str>> {
    match inner {
        Expr::Identifier(name) => Some(name.value.to_lowercase().into()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.to_lowercase().into()),
        Expr::Nested(inner) => unnamed(inner),
        _ => None,
    }
}

pub(super) fn current_sources(tracer: &Tracer<'_>) -> Vec<Source> {
    tracer.frames.last().map(|frame| frame.sources.clone()).unwrap_or_default()
}

/// All columns of sources in order, those that joins have merged once.
fn star(tracer: &Tracer<'_>, sources: &[Source], shape: &mut Shape, wanted: &dyn Fn(&str) -> bool) {
    for (name, flow) in all_columns(tracer, sources) {
        if name.as_deref().is_none_or(wanted) {
            shape.columns.push(ShapeColumn { name, flow });
        }
    }
    let mut rests = sources.iter().filter_map(|source| source.shape.rest.as_ref());
    match (rests.next(), rests.next()) {
        (None, _) => {}
        (Some(rest), None) if shape.rest.is_none() && sources.len() == 1 => shape.rest = Some(rest.clone()),
        _ => shape.rest = Some(Rest::Unknown("a star over several relations, not all of known columns".into())),
    }
}

/// Names and lineage of all columns of sources.
pub(super) fn all_columns(tracer: &Tracer<'_>, sources: &[Source]) -> Vec<(Option<Rc<str>>, Rc<Flow>)> {
    let whole = tracer.frames.last().filter(|frame| frame.sources.len() == sources.len());
    let columns = merged_columns(sources, whole.map_or(&[], |frame| &frame.merged), 0);
    columns.into_iter().map(|column| (column.name, column.flow)).collect()
}

/// The columns of sources, of which the first stands at the place `start`; those that joins have merged once.
pub(super) fn merged_columns(sources: &[Source], merged: &[Merged], start: usize) -> Vec<ShapeColumn> {
    let mut seen: Vec<*const Merged> = Vec::new();
    let mut columns = Vec::new();
    for (place, source) in (start..).zip(sources) {
        for column in &source.shape.columns {
            let is_it =
                |merged: &&Merged| merged.sources.contains(&place) && column.name.as_ref() == Some(&merged.name);
            match merged.iter().find(is_it) {
                Some(joined) if seen.contains(&std::ptr::from_ref(joined)) => {}
                Some(joined) => {
                    seen.push(joined);
                    columns.push(ShapeColumn { name: column.name.clone(), flow: joined.flow.clone() });
                }
                None => columns.push(column.clone()),
            }
        }
    }
    columns
}

fn wildcard(tracer: &mut Tracer<'_>, sources: &[Source], options: &WildcardAdditionalOptions, shape: &mut Shape) {
    let left_out: Vec<String> = excluded(options).iter().filter_map(|name| lower_parts(name).pop()).collect();
    let mut stars = Shape::default();
    if options.opt_ilike.is_some() {
        shape.rest = Some(Rest::Unknown("a star with a pattern".into()));
        return;
    }
    star(tracer, sources, &mut stars, &|name| !left_out.iter().any(|other| other == name));
    for replaced in options.opt_replace.iter().flat_map(|replace| &replace.items) {
        let flow = Rc::new(column_of_result(tracer, &replaced.expr));
        let name = replaced.column_name.value.to_lowercase();
        for column in stars.columns.iter_mut().filter(|column| column.name.as_deref() == Some(&name)) {
            column.flow = flow.clone();
        }
    }
    for rename in renamed_columns(options) {
        let name = rename.ident.value.to_lowercase();
        for column in stars.columns.iter_mut().filter(|column| column.name.as_deref() == Some(&name)) {
            column.name = Some(rename.alias.value.to_lowercase().into());
        }
    }
    let changed = options.opt_replace.is_some() || options.opt_rename.is_some() || !left_out.is_empty();
    shape.columns.extend(stars.columns);
    match stars.rest {
        Some(Rest::Of(..)) if changed && (options.opt_replace.is_some() || options.opt_rename.is_some()) => {
            shape.rest = Some(Rest::Unknown("a changed star over columns that are not known".into()));
        }
        Some(rest) => shape.rest = Some(rest),
        None => {}
    }
}
