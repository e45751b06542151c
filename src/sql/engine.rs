//! What only an engine can say about a text. Owns the trait and the fallback for statements that sqlparser cannot read.

use super::lineage::{Lineage, lineage};
use super::reference::{Columns, References, TextSpan, Unparsed};
use super::serialized;

/// An engine's own parser.
pub trait SqlEngine {
    /// DuckDB's `json_serialize_sql(sql)`: `{"error": false, "statements": [...]}`, or an object that says why not.
    ///
    /// # Errors
    /// When the engine itself fails; that a statement does not parse is part of the value.
    fn serialize(&self, sql: &str) -> Result<serde_json::Value, String>;

    /// One query as the engine itself writes it: DuckDB's `json_deserialize_sql(json_serialize_sql(sql))`.
    ///
    /// # Errors
    /// The engine's reason when it cannot read the text, or not serialize such a statement.
    fn canonical(&self, sql: &str) -> Result<String, String>;
}

/// [`lineage()`], with the engine asked where that leaves something unknown: what sqlparser cannot read as it is written,
/// it often reads as the engine writes it. Places are not those of the text then, and are empty.
pub fn lineage_with_engine(
    sql: &str,
    known: &(dyn Columns + Sync),
    names: Option<&[String]>,
    engine: &dyn SqlEngine,
) -> Lineage {
    let found = lineage(sql, known, names);
    let unknown = |found: &Lineage| found.outputs.iter().filter(|output| output.unknown.is_some()).count();
    if found.unknown.is_none() && unknown(&found) == 0 {
        return found;
    }
    match engine.canonical(sql) {
        Ok(text) => {
            let other = lineage(&text, known, names);
            let is_better = other.unknown.is_none() && (found.unknown.is_some() || unknown(&other) < unknown(&found));
            if is_better { without_places(other) } else { found }
        }
        Err(reason) => {
            let unknown = found.unknown.map(|own| format!("{own}; DuckDB: {reason}"));
            Lineage { unknown, ..found }
        }
    }
}

fn without_places(mut found: Lineage) -> Lineage {
    let of_outputs = found.outputs.iter_mut().flat_map(|output| &mut output.inputs);
    for input in of_outputs.chain(&mut found.indirect) {
        input.span = TextSpan { start: 0, end: 0 };
    }
    found.by_engine = true;
    found
}

/// [`super::references`], with the engine asked about statements that do not parse.
///
/// Relations come from the engine's syntax tree with their places; their columns are unknown. What the engine cannot
/// read either stays in [`References::unparsed`] with both reasons.
pub fn references_with_engine(sql: &str, known: &(dyn Columns + Sync), engine: &dyn SqlEngine) -> References {
    let mut found = super::references(sql, known);
    for unparsed in std::mem::take(&mut found.unparsed) {
        if !unparsed.statement {
            found.unparsed.push(unparsed);
            continue;
        }
        match ask(sql, &unparsed, engine) {
            Ok(references) => {
                found.append(references);
                found.by_engine.push(unparsed.span);
            }
            Err(reason) => {
                let reason = format!("{}; DuckDB: {reason}", unparsed.reason);
                found.unparsed.push(Unparsed { reason, ..unparsed });
            }
        }
    }
    found.reads.sort_by_key(|read| read.table.span);
    found
}

fn ask(sql: &str, unparsed: &Unparsed, engine: &dyn SqlEngine) -> Result<References, String> {
    let span = unparsed.span;
    let statement = sql.get(span.start..span.end).filter(|text| !text.is_empty()).ok_or("no statement")?;
    let tree = engine.serialize(statement)?;
    serialized::references(&tree, statement, span.start)
}

/// What the engine's parser alone finds in `sql`: relations and files with their places, no columns.
///
/// # Errors
/// The engine's reason when it cannot serialize the text.
pub fn references_by_engine(sql: &str, engine: &dyn SqlEngine) -> Result<References, String> {
    serialized::references(&engine.serialize(sql)?, sql, 0)
}
