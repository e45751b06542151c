//! What a compiled SQL text reads and writes: relations, columns, external files.
//!
//! Owns the parsing of compiled SQL, the resolution of names by syntax alone, column lineage, and the traits for what syntax cannot
//! say: [`Columns`] (what columns a relation has) and [`SqlEngine`] (DuckDB's own parser). Never renders Jinja, never
//! touches a database, and never guesses: what it cannot know is [`UsedColumns::Unknown`], ambiguous or [`Unparsed`].

mod dialect;
mod engine;
mod expression;
mod from;
mod lineage;
mod normal;
mod query;
mod reference;
mod scope;
mod serialized;
mod statement;
mod text;

pub use engine::{SqlEngine, lineage_with_engine, references_by_engine, references_with_engine};
pub use lineage::{
    Input, Keys, KeysOf, Lineage, Nulls, OutputColumn, Relation as LineageRelation, Transformation, lineage,
};
pub use normal::{NormalToken, normal_tokens};
pub use reference::{
    ColumnUse, Columns, ExternalRead, NoColumns, Read, References, RelationUse, TableReference, TextSpan, Unparsed,
    UsedColumns, Write, WriteKind,
};

use scope::Resolver;

/// The statements of one text are analysed on a thread of their own when one has more tokens than this: the depth
/// of a syntax tree grows with the number of tokens (`a + b + c + ...`), and so does the stack that dropping it needs.
const TOKENS_ON_THIS_STACK: usize = 4_000;
/// And when their brackets nest more deeply than this: sqlparser's frames for a table in parentheses take 100 KB each
/// without optimization, and are not among those that it moves to the heap.
const NESTING_ON_THIS_STACK: usize = 10;
/// Bytes of stack for [`DEEPEST_NESTING`] such frames.
const LEAST_LARGE_STACK: usize = 64 << 20;
/// Bytes of stack for each token of a large statement.
const STACK_FOR_EACH_TOKEN: usize = 2 * 1024;
/// A statement with more tokens than this is not parsed.
const MOST_TOKENS: usize = 400_000;
/// How deeply sqlparser may nest; its own default of 50 is too little for generated `case` expressions.
const DEEPEST_NESTING: usize = 120;

/// Reads every statement of `sql` (compiled text, DuckDB's syntax, separated by `;`).
///
/// Statements that do not parse are listed in [`References::unparsed`]; the others are unaffected. Places are byte
/// ranges of `sql`. `known` may tell which columns a relation has; [`NoColumns`] knows nothing.
///
/// ```
/// use meshbuild::sql::{NoColumns, references};
/// let found = references("with o as (select * from raw.orders) select id from o", &NoColumns);
/// assert_eq!(found.reads[0].to_string(), "raw.orders(id)");
/// ```
pub fn references(sql: &str, known: &(dyn Columns + Sync)) -> References {
    let statements = match text::statements(sql) {
        Ok(statements) => statements,
        Err(unparsed) => return References { unparsed: vec![unparsed], ..References::default() },
    };
    on_a_stack_for(&statements, || analyse(&statements, sql, known)).unwrap_or_else(|| too_large(sql.len()))
}

/// Runs `work` on `statements` here, or on a thread with the stack that their size needs. None when that thread cannot be
/// had or does not come back.
fn on_a_stack_for<T: Send>(statements: &[text::StatementTokens], work: impl FnOnce() -> T + Send) -> Option<T> {
    let most = statements.iter().map(|statement| statement.tokens.len()).max().unwrap_or(0);
    let deep = statements.iter().any(|statement| text::nesting(&statement.tokens) > NESTING_ON_THIS_STACK);
    if most <= TOKENS_ON_THIS_STACK && !deep {
        return Some(work());
    }
    let stack = (most.min(MOST_TOKENS) * STACK_FOR_EACH_TOKEN).max(LEAST_LARGE_STACK);
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, work);
        worker.ok().and_then(|thread| thread.join().ok())
    })
}

fn too_large(end: usize) -> References {
    let span = TextSpan { start: 0, end };
    let unparsed = Unparsed { reason: "the statement is too large to be parsed".into(), span, statement: true };
    References { unparsed: vec![unparsed], ..References::default() }
}

fn analyse(statements: &[text::StatementTokens], sql: &str, known: &dyn Columns) -> References {
    let places = text::Places::new(sql);
    let mut found = References::default();
    for statement in statements {
        let span = statement.span;
        if statement.tokens.len() > MOST_TOKENS {
            found.unparsed.extend(too_large(span.end).unparsed);
            continue;
        }
        match dialect::parse(statement.tokens.clone()) {
            Ok(parsed) => {
                let mut resolver = Resolver::new(known, &places);
                statement::walk(&mut resolver, &parsed);
                match resolver.refused.take() {
                    Some(reason) => found.unparsed.push(Unparsed { reason, span, statement: true }),
                    None => found.append(resolver.finish()),
                }
            }
            Err(reason) => found.unparsed.push(Unparsed { reason, span, statement: true }),
        }
    }
    found
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;
