//! What a row stands for: sets of columns of which no two rows share all values, rows with a null in one of them aside (as dbt's test
//! `unique` has it, and joins by equality).
//!
//! A key comes from a `group by`, a `distinct`, a `row_number() = 1`, or from the one relation whose rows a query gives at most once
//! each. Whether that relation has a key, and whether the joined ones match at most one row, is not told by the syntax of one query:
//! a [`KeyRule`] says what has to hold.

use super::query::position;
use super::scope::{Frame, Shape, Source, Tracer};
use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, FunctionArguments, GroupByExpr, JoinConstraint, JoinOperator, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Value, WindowType,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Columns of a result that are a key, if some conditions hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyRule {
    pub columns: KeyColumns,
    /// Relations that have to have a key among these of their columns.
    pub conditions: Vec<(usize, BTreeSet<Rc<str>>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyColumns {
    /// These columns of the result.
    Own(BTreeSet<Rc<str>>),
    /// Every key of a relation, as far as its columns are columns of the result: by their names there, those here.
    Of { relation: usize, names: BTreeMap<Rc<str>, Rc<str>> },
}

/// The source whose rows a query gives at most once each, if the conditions hold.
#[derive(Debug, Clone)]
pub(super) struct Driving {
    pub source: usize,
    pub conditions: Vec<(usize, BTreeSet<Rc<str>>)>,
}

impl KeyRule {
    /// The rule of a relation of which these columns are known.
    pub fn of_relation(relation: usize, columns: impl Iterator<Item = Rc<str>>) -> Self {
        let names = columns.map(|name| (name.clone(), name)).collect();
        KeyRule { columns: KeyColumns::Of { relation, names }, conditions: Vec::new() }
    }

    fn own(columns: BTreeSet<Rc<str>>) -> Self {
        KeyRule { columns: KeyColumns::Own(columns), conditions: Vec::new() }
    }

    /// The same rule about the columns that these become; what is not among them is lost.
    fn through(&self, names: &BTreeMap<Rc<str>, Rc<str>>, conditions: &[(usize, BTreeSet<Rc<str>>)]) -> Option<Self> {
        let columns = match &self.columns {
            KeyColumns::Own(own) => {
                KeyColumns::Own(own.iter().map(|name| names.get(name).cloned()).collect::<Option<_>>()?)
            }
            KeyColumns::Of { relation, names: inner } => {
                let kept = inner.iter().filter_map(|(there, here)| Some((there.clone(), names.get(here)?.clone())));
                KeyColumns::Of { relation: *relation, names: kept.collect() }
            }
        };
        let conditions = self.conditions.iter().chain(conditions).cloned().collect();
        Some(KeyRule { columns, conditions })
    }
}

/// What has to hold so that at most one row of a source has given values in these columns; none when nothing makes that sure.
fn at_most_one(shape: &Shape, columns: &BTreeSet<Rc<str>>) -> Option<Vec<(usize, BTreeSet<Rc<str>>)>> {
    shape.keys.iter().find_map(|rule| {
        let mut conditions = rule.conditions.clone();
        match &rule.columns {
            KeyColumns::Own(own) => {
                if !own.is_subset(columns) {
                    return None;
                }
            }
            KeyColumns::Of { relation, names } => {
                let there = names.iter().filter(|(_, here)| columns.contains(*here)).map(|(there, _)| there.clone());
                conditions.push((*relation, there.collect()));
            }
        }
        Some(conditions)
    })
}

/// Follows a join: `left` is the first of the sources that it adds.
pub(super) fn join(tracer: &mut Tracer<'_>, operator: &JoinOperator, left: usize) {
    use JoinOperator as J;
    let constraint = match operator {
        J::Semi(_) | J::LeftSemi(_) | J::Anti(_) | J::LeftAnti(_) => return,
        J::Join(constraint) | J::Inner(constraint) | J::Left(constraint) | J::LeftOuter(constraint) => Some(constraint),
        _ => None,
    };
    let Some(frame) = tracer.frames.last_mut() else { return };
    let Some(mut driving) = frame.driving.take() else { return };
    let conditions = constraint.and_then(|constraint| {
        let [joined] = &frame.sources[left..] else { return None };
        at_most_one(&joined.shape, &equated(frame, constraint, left))
    });
    if let Some(conditions) = conditions {
        driving.conditions.extend(conditions);
        frame.driving = Some(driving);
    }
}

/// The columns of the joined source that a row of the others gives a value for.
fn equated(frame: &Frame, constraint: &JoinConstraint, joined: usize) -> BTreeSet<Rc<str>> {
    let mut found = BTreeSet::new();
    match constraint {
        JoinConstraint::Using(names) => {
            found.extend(names.iter().filter_map(|name| Some(crate::sql::query::lower_parts(name).pop()?.into())));
        }
        JoinConstraint::On(condition) => {
            let mut waiting = vec![condition];
            while let Some(inner) = waiting.pop() {
                match inner {
                    Expr::Nested(inner) => waiting.push(inner),
                    Expr::BinaryOp { left, op: BinaryOperator::And, right } => waiting.extend([&**left, &**right]),
                    Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                        for (one, other) in [(left, right), (right, left)] {
                            let given = match origin(frame, other) {
                                Some((source, _)) => source != joined,
                                None => matches!(&**other, Expr::Value(_)),
                            };
                            found.extend(
                                origin(frame, one)
                                    .filter(|(source, _)| given && *source == joined)
                                    .map(|(_, name)| name),
                            );
                        }
                    }
                    _ => {}
                }
            }
        }
        JoinConstraint::Natural | JoinConstraint::None => {}
    }
    found
}

/// The source of the innermost query and the column in it that an expression is.
fn origin(frame: &Frame, inner: &Expr) -> Option<(usize, Rc<str>)> {
    let names: Vec<String> = match inner {
        Expr::Nested(inner) => return origin(frame, inner),
        Expr::Identifier(name) => vec![name.value.to_lowercase()],
        Expr::CompoundIdentifier(names) => names.iter().map(|name| name.value.to_lowercase()).collect(),
        _ => return None,
    };
    let (name, qualifier) = names.split_last()?;
    let has = |source: &Source| {
        source.shape.column(name).is_some() && (qualifier.is_empty() || source.path.ends_with(qualifier))
    };
    Some((frame.sources.iter().position(has)?, name.as_str().into()))
}

/// The keys of what a select returns.
pub(super) fn of_select(frame: &Frame, select: &Select, shape: &Shape) -> Vec<KeyRule> {
    let written = || shape.columns.iter().filter_map(|column| column.name.as_ref());
    // A name that repeats is none.
    let names: BTreeSet<Rc<str>> =
        written().filter(|name| written().filter(|other| other == name).count() == 1).cloned().collect();
    let all = (shape.rest.is_none() && names.len() == shape.columns.len()).then(|| names.clone());
    let distinct =
        all.as_ref().filter(|_| matches!(select.distinct, Some(Distinct::Distinct))).cloned().map(KeyRule::own);
    if multiplies(select) {
        return distinct.into_iter().collect();
    }
    let here = identities(frame, select, &names);
    let mut keys =
        match &select.group_by {
            GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty() => {
                if is_one_row(select) { vec![KeyRule::own(BTreeSet::new())] } else { of_sources(frame, &here) }
            }
            GroupByExpr::Expressions(keys, modifiers) if modifiers.is_empty() => {
                let columns: Option<BTreeSet<Rc<str>>> =
                    keys.iter().map(|key| grouped(frame, select, shape, &here, key)).collect();
                columns.map(KeyRule::own).into_iter().collect()
            }
            // The columns without an aggregate are among all.
            GroupByExpr::All(modifiers) if modifiers.is_empty() && all.is_some() => {
                let is_plain = |name: &&Rc<str>| {
                    shape.column(name).is_some_and(|flow| {
                        flow.inputs.keys().all(|(_, kind)| *kind != super::flow::Transformation::Aggregation)
                    })
                };
                vec![KeyRule::own(names.iter().filter(is_plain).cloned().collect())]
            }
            _ => Vec::new(),
        };
    keys.extend(first_of_partition(frame, select, &here).map(KeyRule::own));
    keys.extend(distinct);
    keys
}

/// The columns of the sources that are columns of the result, by source and name there.
fn identities(frame: &Frame, select: &Select, names: &BTreeSet<Rc<str>>) -> Vec<BTreeMap<Rc<str>, Rc<str>>> {
    let mut found: Vec<BTreeMap<Rc<str>, Rc<str>>> = vec![BTreeMap::new(); frame.sources.len()];
    let mut add = |origin: Option<(usize, Rc<str>)>, name: Rc<str>| {
        if let Some((source, there)) = origin.filter(|_| names.contains(&name)) {
            found[source].entry(there).or_insert(name);
        }
    };
    let mut replaced = BTreeSet::new();
    let mut stars = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(inner) => {
                let origin = origin(frame, inner);
                let name = origin.as_ref().map(|(_, name)| name.clone()).unwrap_or_else(|| "".into());
                add(origin, name);
            }
            SelectItem::ExprWithAlias { expr, alias } => add(origin(frame, expr), alias.value.to_lowercase().into()),
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                let changed = options.opt_replace.iter().flat_map(|replace| &replace.items);
                replaced.extend(changed.map(|item| item.column_name.value.to_lowercase()));
                let left_out = crate::sql::query::excluded(options);
                replaced.extend(left_out.iter().filter_map(|name| crate::sql::query::lower_parts(name).pop()));
                let renamed = crate::sql::query::renamed_columns(options);
                replaced.extend(renamed.iter().map(|rename| rename.ident.value.to_lowercase()));
                let only = match item {
                    SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                        Some(crate::sql::query::lower_parts(name))
                    }
                    _ => None,
                };
                stars.push(only);
            }
            SelectItem::ExprWithAliases { .. } => {}
        }
    }
    for only in stars {
        for (place, source) in frame.sources.iter().enumerate() {
            if only.as_ref().is_none_or(|path| source.path.ends_with(path)) {
                let columns = source.shape.columns.iter().filter_map(|column| column.name.clone());
                for name in columns.filter(|name| !replaced.contains(&**name)) {
                    add(Some((place, name.clone())), name);
                }
            }
        }
    }
    if select.projection.is_empty() {
        for (place, source) in frame.sources.iter().enumerate() {
            for name in source.shape.columns.iter().filter_map(|column| column.name.clone()) {
                add(Some((place, name.clone())), name);
            }
        }
    }
    found
}

fn of_sources(frame: &Frame, here: &[BTreeMap<Rc<str>, Rc<str>>]) -> Vec<KeyRule> {
    let Some(driving) = &frame.driving else { return Vec::new() };
    let Some((source, names)) = frame.sources.get(driving.source).zip(here.get(driving.source)) else {
        return Vec::new();
    };
    source.shape.keys.iter().filter_map(|rule| rule.through(names, &driving.conditions)).collect()
}

/// The column of the result that a key of `group by` is.
fn grouped(
    frame: &Frame,
    select: &Select,
    shape: &Shape,
    here: &[BTreeMap<Rc<str>, Rc<str>>],
    key: &Expr,
) -> Option<Rc<str>> {
    if let Some(place) = position(key) {
        return shape.columns.get(place)?.name.clone();
    }
    if let Some((source, name)) = origin(frame, key) {
        return here.get(source)?.get(&name).cloned();
    }
    select.projection.iter().find_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } => {
            let is_named = matches!(key, Expr::Identifier(name) if name.value.eq_ignore_ascii_case(&alias.value));
            (is_named || expr == key).then(|| alias.value.to_lowercase().into())
        }
        _ => None,
    })
}

/// Whether rows come out more than once: `unnest` in the select list.
fn multiplies(select: &Select) -> bool {
    let unnests = |inner: &Expr| {
        super::expression::calls(inner, "unnest") || super::expression::calls(inner, "generate_subscripts")
    };
    select.projection.iter().any(|item| match item {
        SelectItem::UnnamedExpr(inner) | SelectItem::ExprWithAlias { expr: inner, .. } => unnests(inner),
        SelectItem::ExprWithAliases { .. } => true,
        _ => false,
    })
}

/// Aggregates of everything: one row.
fn is_one_row(select: &Select) -> bool {
    let aggregates = |inner: &Expr| matches!(inner, Expr::Function(call) if call.over.is_none() && super::expression::is_aggregate(call));
    !select.projection.is_empty()
        && select.projection.iter().all(|item| match item {
            SelectItem::UnnamedExpr(inner) | SelectItem::ExprWithAlias { expr: inner, .. } => aggregates(inner),
            _ => false,
        })
}

/// `qualify row_number() over (partition by a, b ...) = 1` leaves one row for each `a, b`.
fn first_of_partition(
    frame: &Frame,
    select: &Select,
    here: &[BTreeMap<Rc<str>, Rc<str>>],
) -> Option<BTreeSet<Rc<str>>> {
    let mut waiting = vec![select.qualify.as_ref()?];
    while let Some(inner) = waiting.pop() {
        match inner {
            Expr::Nested(inner) => waiting.push(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => waiting.extend([&**left, &**right]),
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let (Expr::Function(call), Expr::Value(value)) = (&**left, &**right) else { continue };
                let is_one = matches!(&value.value, Value::Number(text, _) if text == "1");
                let is_number = super::expression::name_of(call) == "row_number"
                    && matches!(call.parameters, FunctionArguments::None);
                let Some(WindowType::WindowSpec(window)) = call.over.as_ref().filter(|_| is_one && is_number) else {
                    continue;
                };
                let column = |key: &Expr| {
                    let (source, name) = origin(frame, key)?;
                    here.get(source)?.get(&name).cloned()
                };
                return window.partition_by.iter().map(column).collect();
            }
            _ => {}
        }
    }
    None
}
