//! Queries: common table expressions, select lists, set operations. Owns the order in which the clauses of a query see
//! each other's names; leaves expressions and `from` clauses to their own files.

use super::expression::each_expression;
use super::reference::TextSpan;
use super::scope::{Frame, Output, OutputItem, Precedence, Relation, Resolver, Source};
use sqlparser::ast::{
    Cte, Distinct, ExcludeSelectItem, Expr, GroupByExpr, GroupByWithModifier, Ident, IdentWithAlias, LimitClause,
    ObjectName, OrderBy, OrderByKind, Query, RenameSelectItem, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, SetOperator, SetQuantifier, Spanned, WildcardAdditionalOptions, With,
};
use std::rc::Rc;

/// Walks a query and gives what it returns. The caller decides whether all of that is used.
pub(super) fn query(resolver: &mut Resolver<'_>, query: &Query) -> Rc<Output> {
    resolver.open_ctes();
    if let Some(with) = &query.with {
        common_table_expressions(resolver, with);
    }
    let output = set_expression(resolver, &query.body, query.order_by.as_ref());
    if let Some(limit) = &query.limit_clause {
        limit_clause(resolver, limit);
    }
    if let Some(quantity) = query.fetch.as_ref().and_then(|fetch| fetch.quantity.as_ref()) {
        each_expression(resolver, quantity, Precedence::Column);
    }
    resolver.close_ctes();
    output
}

/// Walks a query all of whose columns count.
pub(super) fn consumed_query(resolver: &mut Resolver<'_>, inner: &Query) {
    let output = query(resolver, inner);
    resolver.consume(&output);
}

fn limit_clause(resolver: &mut Resolver<'_>, clause: &LimitClause) {
    let expressions: Vec<&Expr> = match clause {
        LimitClause::LimitOffset { limit, offset, limit_by } => {
            limit.iter().chain(offset.as_ref().map(|offset| &offset.value)).chain(limit_by).collect()
        }
        LimitClause::OffsetCommaLimit { offset, limit } => vec![offset, limit],
    };
    for expression in expressions {
        each_expression(resolver, expression, Precedence::Column);
    }
}

fn common_table_expressions(resolver: &mut Resolver<'_>, with: &With) {
    for cte in &with.cte_tables {
        let output = match &*cte.query.body {
            SetExpr::SetOperation { left, right, set_quantifier, op } if with.recursive && refers_to_itself(cte) => {
                recursive(resolver, cte, left, right, by_name(*op, *set_quantifier))
            }
            _ => query(resolver, &cte.query),
        };
        let relation = renamed(output, cte);
        resolver.define_cte(&cte.alias.name.value, relation);
    }
}

/// A cheap test: a recursive query with a union whose text may name itself. Being wrong costs nothing.
fn refers_to_itself(cte: &Cte) -> bool {
    cte.query.with.is_none()
}

/// `anchor union step`: the step sees the anchor's columns under the query's own name.
fn recursive(resolver: &mut Resolver<'_>, cte: &Cte, left: &SetExpr, right: &SetExpr, by_name: bool) -> Rc<Output> {
    let anchor = set_expression(resolver, left, None);
    let own = renamed(Rc::clone(&anchor), cte);
    resolver.open_ctes();
    resolver.define_cte(&cte.alias.name.value, own);
    let step = set_expression(resolver, right, cte.query.order_by.as_ref());
    resolver.close_ctes();
    united(resolver, &anchor, &step, by_name)
}

/// The relation of a common table expression with the column names of its alias.
fn renamed(output: Rc<Output>, cte: &Cte) -> Relation {
    let names: Vec<String> = cte.alias.columns.iter().map(|column| column.name.value.to_lowercase()).collect();
    if names.is_empty() {
        return Relation::Derived(output);
    }
    let source = Source { path: Vec::new(), relation: Relation::Derived(output), renamed: names };
    Relation::Derived(Output::new(vec![vec![OutputItem::Star { sources: Rc::new(vec![source]), except: Vec::new() }]]))
}

pub(super) fn by_name(operator: SetOperator, quantifier: SetQuantifier) -> bool {
    operator == SetOperator::Union
        && matches!(quantifier, SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName)
}

/// Columns matched by name stay lazy on both sides; matched by position, the number of columns matters: all are used.
fn united(resolver: &mut Resolver<'_>, left: &Rc<Output>, right: &Rc<Output>, by_name: bool) -> Rc<Output> {
    if by_name {
        return Output::new(left.branches.iter().chain(&right.branches).cloned().collect());
    }
    resolver.consume(left);
    resolver.consume(right);
    Rc::clone(left)
}

fn set_expression(resolver: &mut Resolver<'_>, body: &SetExpr, order_by: Option<&OrderBy>) -> Rc<Output> {
    // A long chain of unions leans to the left: walked by a loop, not by recursion.
    let mut first = body;
    let mut rest = Vec::new();
    while let SetExpr::SetOperation { left, right, op, set_quantifier } = first {
        rest.push((right, by_name(*op, *set_quantifier)));
        first = left;
    }
    let Some(_) = rest.last() else { return single(resolver, body, order_by) };
    let mut output = single(resolver, first, None);
    for (right, by_name) in rest.into_iter().rev() {
        let other = set_expression(resolver, right, None);
        output = united(resolver, &output, &other, by_name);
    }
    if let Some(order) = order_by {
        let source = Source { path: Vec::new(), relation: Relation::Derived(Rc::clone(&output)), renamed: Vec::new() };
        resolver.frames.push(Frame { sources: vec![source], ..Frame::default() });
        order_clause(resolver, order);
        resolver.frames.pop();
    }
    output
}

fn single(resolver: &mut Resolver<'_>, body: &SetExpr, order_by: Option<&OrderBy>) -> Rc<Output> {
    match body {
        SetExpr::Select(inner) => select(resolver, inner, order_by),
        SetExpr::Query(inner) => query(resolver, inner),
        SetExpr::SetOperation { .. } => set_expression(resolver, body, order_by),
        SetExpr::Values(values) => {
            for expression in values.rows.iter().flat_map(|row| &row.content) {
                each_expression(resolver, expression, Precedence::Column);
            }
            let width = values.rows.first().map_or(0, |row| row.content.len());
            Output::named((0..width).map(|index| format!("col{index}")))
        }
        SetExpr::Insert(statement)
        | SetExpr::Update(statement)
        | SetExpr::Delete(statement)
        | SetExpr::Merge(statement) => {
            super::statement::walk(resolver, statement);
            Output::new(vec![vec![OutputItem::Anything]])
        }
        SetExpr::Table(_) => {
            resolver.refused = Some("the parser does not say where the name behind `table` stands".into());
            Output::new(vec![vec![OutputItem::Anything]])
        }
    }
}

fn select(resolver: &mut Resolver<'_>, select: &Select, order_by: Option<&OrderBy>) -> Rc<Output> {
    resolver.frames.push(Frame::default());
    for tables in &select.from {
        super::from::tables(resolver, tables);
    }
    let mut items = Vec::new();
    for item in &select.projection {
        select_item(resolver, item, &mut items);
    }
    if select.projection.is_empty() {
        items.push(star(resolver));
    }
    let output = Output::new(vec![items]);
    clauses(resolver, select, &output);
    if let Some(order) = order_by {
        order_clause(resolver, order);
    }
    resolver.frames.pop();
    output
}

fn clauses(resolver: &mut Resolver<'_>, select: &Select, output: &Output) {
    match &select.distinct {
        Some(Distinct::Distinct) => resolver.consume(output),
        Some(Distinct::On(expressions)) => walk_all(resolver, expressions),
        _ => {}
    }
    for expression in [&select.selection, &select.prewhere].into_iter().flatten() {
        each_expression(resolver, expression, Precedence::Column);
    }
    match &select.group_by {
        GroupByExpr::All(_) => resolver.consume(output),
        GroupByExpr::Expressions(expressions, modifiers) => {
            walk_all(resolver, expressions);
            for modifier in modifiers {
                if let GroupByWithModifier::GroupingSets(sets) = modifier {
                    each_expression(resolver, sets, Precedence::Column);
                }
            }
        }
    }
    for expression in [&select.having, &select.qualify].into_iter().flatten() {
        each_expression(resolver, expression, Precedence::Column);
    }
    for window in &select.named_window {
        if let sqlparser::ast::NamedWindowExpr::WindowSpec(specification) = &window.1 {
            super::expression::window(resolver, specification);
        }
    }
}

fn walk_all(resolver: &mut Resolver<'_>, expressions: &[Expr]) {
    for expression in expressions {
        each_expression(resolver, expression, Precedence::Column);
    }
}

fn order_clause(resolver: &mut Resolver<'_>, order: &OrderBy) {
    if let OrderByKind::Expressions(expressions) = &order.kind {
        for expression in expressions {
            // Only a bare name means an alias first: `order by b + 0` asks for the column.
            let bare = matches!(expression.expr, Expr::Identifier(_));
            let precedence = if bare { Precedence::Alias } else { Precedence::Column };
            each_expression(resolver, &expression.expr, precedence);
        }
    }
}

fn select_item(resolver: &mut Resolver<'_>, item: &SelectItem, items: &mut Vec<OutputItem>) {
    match item {
        SelectItem::UnnamedExpr(expression) => {
            each_expression(resolver, expression, Precedence::Column);
            items.push(unnamed(expression));
        }
        SelectItem::ExprWithAlias { expr, alias } => {
            each_expression(resolver, expr, Precedence::Column);
            resolver.define_alias(&alias.value);
            items.push(OutputItem::Column(Some(alias.value.to_lowercase())));
        }
        SelectItem::ExprWithAliases { expr, aliases } => {
            each_expression(resolver, expr, Precedence::Column);
            items.extend(aliases.iter().map(|alias| OutputItem::Column(Some(alias.value.to_lowercase()))));
        }
        SelectItem::Wildcard(options) => {
            let sources = current_sources(resolver);
            wildcard(resolver, sources, options, items);
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
            match resolver.source(&lower_parts(name)) {
                Some(source) => wildcard(resolver, vec![source], options, items),
                None => {
                    // The fields of a struct column.
                    let parts = parts(resolver, name);
                    resolver.qualified(&parts, Precedence::Column);
                    items.push(OutputItem::Anything);
                }
            }
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expression), _) => {
            each_expression(resolver, expression, Precedence::Column);
            items.push(OutputItem::Anything);
        }
    }
}

/// The name of an expression that has no alias, as DuckDB gives it.
fn unnamed(expression: &Expr) -> OutputItem {
    match expression {
        Expr::Identifier(name) => OutputItem::Column(Some(name.value.to_lowercase())),
        Expr::CompoundIdentifier(names) => OutputItem::Column(names.last().map(|name| name.value.to_lowercase())),
        Expr::Function(function) if is_columns(&function.name) || is_named(&function.name, "unnest") => {
            OutputItem::Anything
        }
        Expr::CompoundFieldAccess { .. } => OutputItem::Anything,
        Expr::Nested(inner) => unnamed(inner),
        _ => OutputItem::Column(None),
    }
}

/// Whether a function is `columns(...)`, which stands for any number of columns.
pub(super) fn is_columns(name: &ObjectName) -> bool {
    is_named(name, "columns")
}

fn is_named(name: &ObjectName, text: &str) -> bool {
    matches!(name.0.as_slice(), [part] if part.as_ident().is_some_and(|ident| ident.value.eq_ignore_ascii_case(text)))
}

/// The sources of the innermost query.
pub(super) fn current_sources(resolver: &Resolver<'_>) -> Vec<Source> {
    resolver.frames.last().map(|frame| frame.sources.clone()).unwrap_or_default()
}

fn star(resolver: &Resolver<'_>) -> OutputItem {
    OutputItem::Star { sources: Rc::new(current_sources(resolver)), except: Vec::new() }
}

/// `*` with what follows it: names left out, replaced and renamed are asked for by name.
pub(super) fn wildcard(
    resolver: &mut Resolver<'_>,
    sources: Vec<Source>,
    options: &WildcardAdditionalOptions,
    items: &mut Vec<OutputItem>,
) {
    let mut except = Vec::new();
    let mut ask = |resolver: &mut Resolver<'_>, parts: &[(String, TextSpan)]| {
        if let Some((name, span)) = parts.last() {
            except.push(name.to_lowercase());
            match parts.len() {
                1 => resolver.column_of(&sources, name, *span),
                _ => resolver.qualified(parts, Precedence::Column),
            }
        }
    };
    for name in excluded(options) {
        let parts = parts(resolver, name);
        ask(resolver, &parts);
    }
    for replaced in options.opt_replace.iter().flat_map(|replace| &replace.items) {
        let part = ident(resolver, &replaced.column_name);
        items.push(OutputItem::Column(Some(part.0.to_lowercase())));
        ask(resolver, &[part]);
        each_expression(resolver, &replaced.expr, Precedence::Column);
    }
    for rename in renamed_columns(options) {
        let part = ident(resolver, &rename.ident);
        items.push(OutputItem::Column(Some(rename.alias.value.to_lowercase())));
        ask(resolver, &[part]);
    }
    if options.opt_ilike.is_some() {
        resolver.unknown(&sources);
        items.push(OutputItem::Anything);
    } else {
        items.push(OutputItem::Star { sources: Rc::new(sources), except });
    }
}

/// The names that a star leaves out.
pub(super) fn excluded(options: &WildcardAdditionalOptions) -> &[ObjectName] {
    match &options.opt_exclude {
        Some(ExcludeSelectItem::Single(name)) => std::slice::from_ref(name),
        Some(ExcludeSelectItem::Multiple(names)) => names,
        None => &[],
    }
}

/// The names that a star changes.
pub(super) fn renamed_columns(options: &WildcardAdditionalOptions) -> &[IdentWithAlias] {
    match &options.opt_rename {
        Some(RenameSelectItem::Single(name)) => std::slice::from_ref(name),
        Some(RenameSelectItem::Multiple(names)) => names.as_slice(),
        None => &[],
    }
}

/// An identifier with its place.
pub(super) fn ident(resolver: &Resolver<'_>, ident: &Ident) -> (String, TextSpan) {
    (ident.value.clone(), resolver.places.span(ident.span))
}

/// The parts of a name with their places; a part that is a function call gives an empty name.
pub(super) fn parts(resolver: &Resolver<'_>, name: &ObjectName) -> Vec<(String, TextSpan)> {
    name.0
        .iter()
        .map(|part| match part.as_ident() {
            Some(name) => ident(resolver, name),
            None => (String::new(), resolver.places.span(part.span())),
        })
        .collect()
}

/// The parts of a name in lower case.
pub(super) fn lower_parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.to_lowercase()).collect()
}
