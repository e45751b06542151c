//! Statements: what they write, and where in them something is read.

use super::expression::each_expression;
use super::from::{table_reference, tables};
use super::query::consumed_query;
use super::reference::{ExternalRead, Unparsed, Write, WriteKind};
use super::scope::{Frame, Precedence, Resolver, Source};
use sqlparser::ast::{
    CopySource, CopyTarget, CreateTable, Delete, Expr, FromTable, Insert, Merge, MergeAction, MergeInsertKind,
    MergeUpdateKind, ObjectName, ObjectType, Spanned, Statement, TableFactor, TableObject, TableWithJoins, Update,
    UpdateTableFromKind,
};

/// Walks one statement.
pub(super) fn walk(resolver: &mut Resolver<'_>, statement: &Statement) {
    match statement {
        Statement::Query(query) => consumed_query(resolver, query),
        Statement::CreateTable(create) => create_table(resolver, create),
        Statement::CreateView(create) => {
            write(resolver, &create.name, WriteKind::Create);
            consumed_query(resolver, &create.query);
        }
        Statement::Insert(insert) => insert_statement(resolver, insert),
        Statement::Update(update) => update_statement(resolver, update),
        Statement::Delete(delete) => delete_statement(resolver, delete),
        Statement::Merge(merge) => merge_statement(resolver, merge),
        Statement::Copy { source, to, target, .. } => copy(resolver, source, *to, target),
        Statement::Drop { object_type, names, .. } => {
            if matches!(object_type, ObjectType::Table | ObjectType::View | ObjectType::MaterializedView) {
                for name in names {
                    write(resolver, name, WriteKind::Drop);
                }
            }
        }
        Statement::Truncate(truncate) => {
            for target in &truncate.table_names {
                write(resolver, &target.name, WriteKind::Delete);
            }
        }
        Statement::AlterTable(alter) => write(resolver, &alter.name, WriteKind::Alter),
        Statement::AlterView { name, query, .. } => {
            write(resolver, name, WriteKind::Alter);
            consumed_query(resolver, query);
        }
        Statement::Explain { statement, .. } => walk(resolver, statement),
        other => remaining(resolver, other),
    }
}

/// Statements that touch no relation; the rest says that it is not understood.
fn remaining(resolver: &mut Resolver<'_>, statement: &Statement) {
    use Statement as S;
    let silent = matches!(
        statement,
        S::Set(_)
            | S::Install { .. }
            | S::Load { .. }
            | S::StartTransaction { .. }
            | S::Commit { .. }
            | S::Rollback { .. }
            | S::AttachDuckDBDatabase { .. }
            | S::DetachDuckDBDatabase { .. }
            | S::CreateSchema { .. }
            | S::CreateSecret { .. }
            | S::CreateSequence { .. }
            | S::CreateType { .. }
            | S::Use(_)
            | S::Pragma { .. }
            | S::Comment { .. }
    );
    if !silent {
        let text = statement.to_string();
        let verb = text.split_whitespace().take(2).collect::<Vec<_>>().join(" ").to_lowercase();
        let span = resolver.places.span(statement.span());
        resolver.unparsed.push(Unparsed {
            reason: format!("what `{verb}` reads is not known"),
            span,
            statement: false,
        });
    }
}

fn write(resolver: &mut Resolver<'_>, name: &ObjectName, kind: WriteKind) {
    match table_reference(resolver.places, name) {
        Ok(table) => resolver.writes.push(Write { table, kind }),
        Err(unparsed) => resolver.unparsed.push(unparsed),
    }
}

fn create_table(resolver: &mut Resolver<'_>, create: &CreateTable) {
    write(resolver, &create.name, WriteKind::Create);
    if let Some(query) = &create.query {
        consumed_query(resolver, query);
    }
}

fn insert_statement(resolver: &mut Resolver<'_>, insert: &Insert) {
    if let TableObject::TableName(name) = &insert.table {
        write(resolver, name, WriteKind::Insert);
    }
    if let Some(source) = &insert.source {
        consumed_query(resolver, source);
    }
}

/// The relation that an update or delete changes is also read by its conditions.
fn update_statement(resolver: &mut Resolver<'_>, update: &Update) {
    resolver.frames.push(Frame::default());
    target(resolver, &update.table, WriteKind::Update);
    if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) = &update.from {
        from.iter().for_each(|item| tables(resolver, item));
    }
    for assignment in &update.assignments {
        each_expression(resolver, &assignment.value, Precedence::Column);
    }
    condition(resolver, update.selection.as_ref());
    resolver.frames.pop();
}

fn delete_statement(resolver: &mut Resolver<'_>, delete: &Delete) {
    resolver.frames.push(Frame::default());
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    for item in from {
        target(resolver, item, WriteKind::Delete);
    }
    for item in delete.using.iter().flatten() {
        tables(resolver, item);
    }
    condition(resolver, delete.selection.as_ref());
    resolver.frames.pop();
}

fn merge_statement(resolver: &mut Resolver<'_>, merge: &Merge) {
    resolver.frames.push(Frame::default());
    target_factor(resolver, &merge.table, WriteKind::Insert);
    tables(resolver, &TableWithJoins { relation: merge.source.clone(), joins: Vec::new() });
    each_expression(resolver, &merge.on, Precedence::Column);
    for clause in &merge.clauses {
        condition(resolver, clause.predicate.as_ref());
        merge_action(resolver, &clause.action);
    }
    resolver.frames.pop();
}

fn merge_action(resolver: &mut Resolver<'_>, action: &MergeAction) {
    let source = |resolver: &Resolver<'_>| resolver.frames.last().and_then(|frame| frame.sources.last().cloned());
    match action {
        MergeAction::Insert(insert) => match &insert.kind {
            MergeInsertKind::Values(values) => {
                for expression in values.rows.iter().flat_map(|row| &row.content) {
                    each_expression(resolver, expression, Precedence::Column);
                }
            }
            MergeInsertKind::Row | MergeInsertKind::Wildcard => use_all(resolver, source(resolver)),
        },
        MergeAction::Update(update) => match &update.kind {
            MergeUpdateKind::Set(assignments) => {
                for assignment in assignments {
                    each_expression(resolver, &assignment.value, Precedence::Column);
                }
            }
            MergeUpdateKind::Wildcard => use_all(resolver, source(resolver)),
        },
        MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
    }
}

fn use_all(resolver: &mut Resolver<'_>, source: Option<Source>) {
    if let Some(source) = source {
        resolver.consume_source(&source);
    }
}

fn target(resolver: &mut Resolver<'_>, item: &TableWithJoins, kind: WriteKind) {
    target_factor(resolver, &item.relation, kind);
    for join in &item.joins {
        tables(resolver, &TableWithJoins { relation: join.relation.clone(), joins: Vec::new() });
    }
}

fn target_factor(resolver: &mut Resolver<'_>, factor: &TableFactor, kind: WriteKind) {
    if let TableFactor::Table { name, .. } = factor {
        write(resolver, name, kind);
    }
    tables(resolver, &TableWithJoins { relation: factor.clone(), joins: Vec::new() });
}

fn condition(resolver: &mut Resolver<'_>, expression: Option<&Expr>) {
    if let Some(expression) = expression {
        each_expression(resolver, expression, Precedence::Column);
    }
}

fn copy(resolver: &mut Resolver<'_>, source: &CopySource, to: bool, target: &CopyTarget) {
    match source {
        CopySource::Query(query) => consumed_query(resolver, query),
        CopySource::Table { table_name, .. } if !to => write(resolver, table_name, WriteKind::Insert),
        CopySource::Table { table_name, .. } => match table_reference(resolver.places, table_name) {
            Ok(table) => {
                let relation = resolver.relation(table);
                resolver.consume_source(&Source { path: Vec::new(), relation, renamed: Vec::new() });
            }
            Err(unparsed) => resolver.unparsed.push(unparsed),
        },
    }
    if let (CopySource::Table { table_name, .. }, CopyTarget::File { filename }) = (source, target)
        && !to
    {
        let span = resolver.places.span(table_name.span());
        resolver.external.push(ExternalRead { function: String::new(), arguments: vec![filename.clone()], span });
    }
}
