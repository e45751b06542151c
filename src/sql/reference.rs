//! The plain data that an analysis of SQL ends in. Owns no logic but merging and printing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A byte range of the compiled text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextSpan {
    /// Byte offset of the first character.
    pub start: usize,
    /// Byte offset just behind the last character.
    pub end: usize,
}

/// A relation as it is written in the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableReference {
    /// The first part of a three-part name.
    pub database: Option<String>,
    /// The schema; of a two-part name DuckDB may also take it for the database.
    pub schema: Option<String>,
    /// The relation's name without quotes.
    pub name: String,
    /// Whether database, schema and name were quoted. DuckDB compares names without regard to case either way.
    pub quoted: [bool; 3],
    /// Where it is written.
    pub span: TextSpan,
}

impl TableReference {
    /// Database, schema and name in lower case: equal keys mean that the texts name the same relation.
    pub fn key(&self) -> (Option<String>, Option<String>, String) {
        let lower = |part: &Option<String>| part.as_ref().map(|text| text.to_lowercase());
        (lower(&self.database), lower(&self.schema), self.name.to_lowercase())
    }
}

impl fmt::Display for TableReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.database, &self.schema].into_iter().flatten() {
            write!(f, "{part}.")?;
        }
        f.write_str(&self.name)
    }
}

/// Knowledge about relations that the text itself does not hold.
pub trait Columns {
    /// The columns of `relation` in order, or `None` when they are not known.
    fn columns(&self, relation: &TableReference) -> Option<Vec<String>>;
}

/// Knows no column of any relation.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoColumns;

impl Columns for NoColumns {
    fn columns(&self, _: &TableReference) -> Option<Vec<String>> {
        None
    }
}

/// A column and the place that asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnUse {
    /// The column's name in lower case.
    pub name: String,
    /// Where it is written.
    pub span: TextSpan,
}

/// Which columns of a relation a statement uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsedColumns {
    /// All of them: a star reaches the result, or the result depends on every column (`select distinct *`).
    All,
    /// Exactly these, as far as they are not listed as ambiguous.
    Named(BTreeSet<ColumnUse>),
    /// Syntax cannot tell (`columns('regex')`, `natural join`, a name from the engine's parser).
    Unknown,
}

/// One place where a relation is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The relation.
    pub table: TableReference,
    /// What is used of it.
    pub columns: UsedColumns,
    /// Every column that is certainly asked for by name, also when `columns` is [`UsedColumns::All`] or unknown.
    pub mentions: BTreeSet<ColumnUse>,
    /// Columns asked for by name that may belong to this relation or to another one.
    pub ambiguous: BTreeSet<ColumnUse>,
}

impl fmt::Display for Read {
    /// `schema.table(column, maybe?)`, `table(*)` or `table(?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<String> = match &self.columns {
            UsedColumns::All => vec!["*".into()],
            UsedColumns::Unknown => vec!["?".into()],
            UsedColumns::Named(named) => named.iter().map(|column| column.name.clone()).collect(),
        };
        names.dedup();
        let mut ambiguous: Vec<String> = self.ambiguous.iter().map(|column| format!("{}?", column.name)).collect();
        ambiguous.dedup();
        names.extend(ambiguous);
        write!(f, "{}({})", self.table, names.join(", "))
    }
}

/// How a relation is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WriteKind {
    /// `create table`, `create view`.
    Create,
    /// `insert`, `copy ... from`, `merge`.
    Insert,
    /// `update`.
    Update,
    /// `delete`, `truncate`.
    Delete,
    /// `drop`.
    Drop,
    /// `alter`.
    Alter,
}

/// One relation that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The relation.
    pub table: TableReference,
    /// What happens to it.
    pub kind: WriteKind,
}

/// A table function, or a file named in quotes after `from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalRead {
    /// The function in lower case (`read_parquet`, a table macro); empty for a file that is named directly.
    pub function: String,
    /// Its literal arguments, in order; of named ones the value.
    pub arguments: Vec<String>,
    /// Where it is written.
    pub span: TextSpan,
}

impl ExternalRead {
    /// Whether data from outside of the database is read: a file, or one of DuckDB's scanning functions.
    pub fn reads_outside(&self) -> bool {
        let name = self.function.as_str();
        name.is_empty() || name.starts_with("read_") || name.ends_with("_scan") || name == "glob" || name == "sniff_csv"
    }
}

/// A statement, or a part of one, whose references are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unparsed {
    /// Why, in the parser's words.
    pub reason: String,
    /// The text concerned.
    pub span: TextSpan,
    /// Whether nothing at all is known of a whole statement; else one part of a statement that is otherwise listed.
    pub statement: bool,
}

/// What the statements of one text read and write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Every read of a relation, in order of place. Common table expressions are not among them.
    pub reads: Vec<Read>,
    /// Every relation that is written.
    pub writes: Vec<Write>,
    /// Table functions and files.
    pub external: Vec<ExternalRead>,
    /// What could not be parsed: never empty while something is missing above.
    pub unparsed: Vec<Unparsed>,
    /// Statements that only the engine's parser could read: their columns are [`UsedColumns::Unknown`].
    pub by_engine: Vec<TextSpan>,
}

/// All uses of one relation together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationUse {
    /// Its first mention.
    pub table: TableReference,
    /// What is used by any of the reads.
    pub columns: UsedColumns,
    /// Certain mentions of all reads.
    pub mentions: BTreeSet<ColumnUse>,
    /// Ambiguous mentions of all reads.
    pub ambiguous: BTreeSet<ColumnUse>,
}

impl References {
    /// The reads merged by relation (names compared without regard to case), in order of first mention.
    pub fn by_relation(&self) -> Vec<RelationUse> {
        let mut places: BTreeMap<_, usize> = BTreeMap::new();
        let mut merged: Vec<RelationUse> = Vec::new();
        for read in &self.reads {
            let place = *places.entry(read.table.key()).or_insert(merged.len());
            match merged.get_mut(place) {
                Some(relation) => relation.merge(read),
                None => merged.push(RelationUse {
                    table: read.table.clone(),
                    columns: read.columns.clone(),
                    mentions: read.mentions.clone(),
                    ambiguous: read.ambiguous.clone(),
                }),
            }
        }
        merged
    }

    pub(super) fn append(&mut self, other: References) {
        self.reads.extend(other.reads);
        self.writes.extend(other.writes);
        self.external.extend(other.external);
        self.unparsed.extend(other.unparsed);
        self.by_engine.extend(other.by_engine);
    }
}

impl RelationUse {
    fn merge(&mut self, read: &Read) {
        match (&mut self.columns, &read.columns) {
            (UsedColumns::Unknown, _) | (UsedColumns::All, UsedColumns::Named(_) | UsedColumns::All) => {}
            (UsedColumns::Named(ours), UsedColumns::Named(theirs)) => ours.extend(theirs.iter().cloned()),
            (ours, theirs) => *ours = theirs.clone(),
        }
        self.mentions.extend(read.mentions.iter().cloned());
        self.ambiguous.extend(read.ambiguous.iter().cloned());
    }
}
