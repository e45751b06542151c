//! Column lineage: for every column that a query returns, the columns of relations that it comes from.
//!
//! Owns the names of a query from the inside out: what each common table expression and sub-query returns is known by its
//! columns, each with its own inputs, so that a name is looked up once. What syntax and the known columns of relations
//! cannot tell is unknown with its reason, never guessed. Filters, joins, groupings and orders hold for all columns of a
//! query and are kept once.

mod expression;
mod flow;
mod from;
mod keys;
mod nullness;
mod query;
mod scope;

pub use flow::Transformation;

use super::reference::{Columns, TableReference, TextSpan};
use super::{dialect, on_a_stack_for, text};
use flow::Flow;
use keys::{KeyColumns, KeyRule};
use nullness::Nullness;
use scope::Tracer;
use sqlparser::ast::Statement;
use std::collections::{BTreeMap, BTreeSet};

/// One column that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The relation, by its place in [`Lineage::relations`].
    pub relation: usize,
    /// The column in lower case.
    pub column: String,
    /// How it gets into the value.
    pub transformation: Transformation,
    /// Where it is first named, or where the star stands.
    pub span: TextSpan,
}

/// One column of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name, as far as syntax gives one; in lower case.
    pub name: Option<String>,
    /// What it comes from, ordered. A constant comes from nothing.
    pub inputs: Vec<Input>,
    /// Why the inputs are not known, or not all of them.
    pub unknown: Option<String>,
    /// Whether it can be null.
    pub nulls: Nulls,
}

/// Whether a column of a result can be null: for every content of what is read, or as columns of it can.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Nulls {
    /// It is not told.
    #[default]
    Unknown,
    /// It never is.
    Never,
    /// It may be.
    Maybe,
    /// It never is when none of these columns is: the relation, by its place in [`Lineage::relations`], and the name in lower
    /// case.
    As {
        /// The columns.
        columns: Vec<(usize, String)>,
        /// Whether it may be when one of them may.
        exact: bool,
    },
}

impl Nulls {
    fn of(nullness: &Nullness) -> Self {
        match nullness {
            Nullness::Unknown => Nulls::Unknown,
            Nullness::Never => Nulls::Never,
            Nullness::Maybe => Nulls::Maybe,
            Nullness::As { columns, exact } => {
                let columns = columns.iter().map(|column| (column.relation, column.name.to_string()));
                Nulls::As { columns: columns.collect(), exact: *exact }
            }
        }
    }
}

/// Keys of a result: sets of its columns of which no two rows share all values, rows with a null in one of them aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Which.
    pub of: KeysOf,
    /// Relations, by their places in [`Lineage::relations`], that have to have a key among these of their columns; else none of
    /// them is a key.
    pub conditions: Vec<(usize, BTreeSet<String>)>,
}

/// Where the keys of a result come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysOf {
    /// The query makes these columns a key.
    Query(BTreeSet<String>),
    /// All keys of a relation are, as far as these are its columns: by their names there, those of the result.
    Relation(usize, BTreeMap<String, String>),
}

impl Keys {
    fn of(rule: &KeyRule) -> Self {
        let text = |name: &std::rc::Rc<str>| name.to_string();
        let of = match &rule.columns {
            KeyColumns::Own(columns) => KeysOf::Query(columns.iter().map(text).collect()),
            KeyColumns::Of { relation, names } => {
                KeysOf::Relation(*relation, names.iter().map(|(there, here)| (text(there), text(here))).collect())
            }
        };
        let conditions =
            rule.conditions.iter().map(|(relation, columns)| (*relation, columns.iter().map(text).collect()));
        Keys { of, conditions: conditions.collect() }
    }
}

/// A relation, file or table function that a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The relation; of a file or table function its name is the file's or the function's.
    pub table: TableReference,
    /// Whether it is a file or table function.
    pub external: bool,
}

/// Where the columns of one query come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// What is read, each relation once.
    pub relations: Vec<Relation>,
    /// The columns of the result in order.
    pub outputs: Vec<OutputColumn>,
    /// What influences all of the result: filters, joins, groupings, orders.
    pub indirect: Vec<Input>,
    /// Which columns of the result are keys, each if its conditions hold.
    pub keys: Vec<Keys>,
    /// Whether it is that of the text as the engine writes it: then no place is known.
    pub by_engine: bool,
    /// Why the whole query is not known: `outputs` then stand for the names that the caller gave.
    pub unknown: Option<String>,
}

/// The lineage of the one query in `sql` (compiled text, DuckDB's syntax).
///
/// `known` tells the columns of relations. `names` are the columns of the result as the engine gives them, where that is
/// known: a column whose name or place does not fit is unknown, and a star over something without known columns gets its
/// names from there.
///
/// ```
/// use meshbuild::sql::{NoColumns, lineage};
/// let found = lineage("select o.id, upper(o.name) as name from raw.orders as o", &NoColumns, None);
/// assert_eq!(found.to_string(), "id: raw.orders.id IDENTITY\nname: raw.orders.name TRANSFORMATION\n");
/// ```
pub fn lineage(sql: &str, known: &(dyn Columns + Sync), names: Option<&[String]>) -> Lineage {
    let statements = match text::statements(sql) {
        Ok(statements) => statements,
        Err(unparsed) => return not_known(&unparsed.reason, names),
    };
    let [statement] = statements.as_slice() else {
        return not_known("it is not one statement", names);
    };
    on_a_stack_for(std::slice::from_ref(statement), || {
        let places = text::Places::new(sql);
        let parsed = match dialect::parse(statement.tokens.clone()) {
            Ok(Statement::Query(query)) => query,
            Ok(_) => return not_known("it is not a query", names),
            Err(reason) => return not_known(&reason, names),
        };
        let mut tracer = Tracer::new(known, &places);
        let shape = query::query(&mut tracer, &parsed);
        tracer.finish(&shape, names)
    })
    .unwrap_or_else(|| not_known("the statement is too large to be parsed", names))
}

fn not_known(reason: &str, names: Option<&[String]>) -> Lineage {
    let output = |name: &String| OutputColumn {
        name: Some(name.to_lowercase()),
        inputs: Vec::new(),
        unknown: Some(reason.to_string()),
        nulls: Nulls::Unknown,
    };
    let outputs = names.unwrap_or_default().iter().map(output).collect();
    Lineage { outputs, unknown: Some(reason.to_string()), ..Lineage::default() }
}

fn inputs(flow: &Flow) -> Vec<Input> {
    let input = |((column, transformation), span): (&(flow::Column, Transformation), &TextSpan)| Input {
        relation: column.relation,
        column: column.name.to_string(),
        transformation: *transformation,
        span: *span,
    };
    flow.inputs.iter().map(input).collect()
}

impl std::fmt::Display for Lineage {
    /// A line for each output, then one for what influences all of them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |input: &Input| {
            let relation = self.relations.get(input.relation).map(|relation| relation.table.to_string());
            format!("{}.{} {}", relation.unwrap_or_default(), input.column, input.transformation)
        };
        let list = |inputs: &[Input]| inputs.iter().map(shown).collect::<Vec<_>>().join(", ");
        for output in &self.outputs {
            let name = output.name.as_deref().unwrap_or("?");
            match (&output.unknown, output.inputs.is_empty()) {
                (Some(reason), true) => writeln!(f, "{name}: unknown ({reason})")?,
                (Some(reason), false) => writeln!(f, "{name}: {}, unknown ({reason})", list(&output.inputs))?,
                (None, true) => writeln!(f, "{name}: constant")?,
                (None, false) => writeln!(f, "{name}: {}", list(&output.inputs))?,
            }
        }
        if !self.indirect.is_empty() {
            writeln!(f, "all: {}", list(&self.indirect))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
