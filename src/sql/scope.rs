//! Names in SQL and what they stand for. Owns the scopes of a statement and the decision which relation a column
//! belongs to; knows nothing of any parser's syntax tree, so that two parsers feed the same rules.
//!
//! A star is lazy: `with a as (select * from t) select x from a` uses `t.x`, and all of `t` only when the star reaches
//! the result. The rules follow DuckDB: names without regard to case, columns before aliases (aliases first in
//! `order by`), inner queries before outer ones.

use super::reference::{
    ColumnUse, Columns, ExternalRead, Read, References, TableReference, TextSpan, Unparsed, UsedColumns, Write,
};
use super::text::Places;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// What an item of a `from` clause offers.
#[derive(Clone)]
pub(super) enum Relation {
    /// A relation of the database: an index into the reads.
    Base(usize),
    /// A sub-query or common table expression.
    Derived(Rc<Output>),
    /// Something whose columns nobody knows and nobody tracks (a table function).
    Opaque,
}

/// An item of a `from` clause with its name.
#[derive(Clone)]
pub(super) struct Source {
    /// The parts by which columns can be qualified, in lower case, innermost last; empty when there is no name.
    pub(super) path: Vec<String>,
    pub(super) relation: Relation,
    /// Column names given in the alias, in lower case: `t as x(a, b)`.
    pub(super) renamed: Vec<String>,
}

/// The columns that a query gives.
#[derive(Default)]
pub(super) struct Output {
    /// One list of items for each branch whose columns are matched by name.
    pub(super) branches: Vec<Vec<OutputItem>>,
    consumed: Cell<bool>,
    answers: RefCell<HashMap<String, Answer>>,
    marked: RefCell<HashSet<(ColumnUse, bool)>>,
}

/// One item of a select list.
#[derive(Clone)]
pub(super) enum OutputItem {
    /// A column with its name in lower case; an expression without one is `None`.
    Column(Option<String>),
    /// A star over sources, without some names.
    Star { sources: Rc<Vec<Source>>, except: Vec<String> },
    /// Any number of columns with any names.
    Anything,
}

impl Output {
    pub(super) fn new(branches: Vec<Vec<OutputItem>>) -> Rc<Self> {
        Rc::new(Output { branches, ..Output::default() })
    }

    /// An output of exactly these columns (in lower case).
    pub(super) fn named(names: impl IntoIterator<Item = String>) -> Rc<Self> {
        Output::new(vec![names.into_iter().map(|name| OutputItem::Column(Some(name))).collect()])
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Yes,
    No,
    Maybe,
}

/// One query's sources and the aliases of its select list.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) sources: Vec<Source>,
    pub(super) aliases: HashSet<String>,
}

/// Which of two equal names counts.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Precedence {
    /// Columns of the sources, then aliases of the select list.
    Column,
    /// Aliases first: `order by`.
    Alias,
}

struct ReadState {
    table: TableReference,
    known: Option<Vec<String>>,
    all: bool,
    unknown: bool,
    mentions: BTreeSet<ColumnUse>,
    ambiguous: BTreeSet<ColumnUse>,
}

/// Collects the references of one statement.
pub(super) struct Resolver<'a> {
    known: &'a dyn Columns,
    pub(super) places: &'a Places<'a>,
    pub(super) frames: Vec<Frame>,
    ctes: Vec<HashMap<String, Relation>>,
    pub(super) lambdas: Vec<Vec<String>>,
    reads: Vec<ReadState>,
    pub(super) writes: Vec<Write>,
    pub(super) external: Vec<ExternalRead>,
    pub(super) unparsed: Vec<Unparsed>,
    /// Why the statement must not be trusted: sqlparser took it for something that DuckDB does not mean.
    pub(super) refused: Option<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(known: &'a dyn Columns, places: &'a Places<'a>) -> Self {
        Resolver {
            known,
            places,
            frames: Vec::new(),
            ctes: Vec::new(),
            lambdas: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            external: Vec::new(),
            unparsed: Vec::new(),
            refused: None,
        }
    }

    pub(super) fn finish(self) -> References {
        let mut reads: Vec<Read> = self.reads.into_iter().map(ReadState::finish).collect();
        reads.sort_by_key(|read| read.table.span);
        References {
            reads,
            writes: self.writes,
            external: self.external,
            unparsed: self.unparsed,
            by_engine: Vec::new(),
        }
    }

    /// Opens a scope for common table expressions; [`Self::close_ctes`] ends it.
    pub(super) fn open_ctes(&mut self) {
        self.ctes.push(HashMap::new());
    }

    pub(super) fn close_ctes(&mut self) {
        self.ctes.pop();
    }

    pub(super) fn define_cte(&mut self, name: &str, relation: Relation) {
        if let Some(scope) = self.ctes.last_mut() {
            scope.insert(name.to_lowercase(), relation);
        }
    }

    /// What a name in a `from` clause stands for: a common table expression in scope, else a relation that is read.
    pub(super) fn relation(&mut self, table: TableReference) -> Relation {
        if table.schema.is_none() {
            let name = table.name.to_lowercase();
            if let Some(found) = self.ctes.iter().rev().find_map(|scope| scope.get(&name)) {
                return found.clone();
            }
        }
        let known = self.known.columns(&table).map(|names| names.iter().map(|name| name.to_lowercase()).collect());
        let state = ReadState {
            table,
            known,
            all: false,
            unknown: false,
            mentions: BTreeSet::new(),
            ambiguous: BTreeSet::new(),
        };
        self.reads.push(state);
        Relation::Base(self.reads.len() - 1)
    }

    /// Makes an alias of the select list known to what follows it.
    pub(super) fn define_alias(&mut self, name: &str) {
        if let Some(frame) = self.frames.last_mut() {
            frame.aliases.insert(name.to_lowercase());
        }
    }

    /// Records a column named without a qualifier.
    pub(super) fn column(&mut self, name: &str, span: TextSpan, precedence: Precedence) {
        let column = ColumnUse { name: name.to_lowercase(), span };
        if self.lambdas.iter().flatten().any(|parameter| *parameter == column.name) {
            return;
        }
        let mut candidates: Vec<Source> = Vec::new();
        let mut certain = false;
        for (distance, frame) in self.frames.iter().rev().enumerate() {
            let is_alias = frame.aliases.contains(&column.name);
            if is_alias && distance == 0 && precedence == Precedence::Alias {
                return;
            }
            let answer = |source: &&Source| self.has(source, &column.name);
            let owners: Vec<&Source> = frame.sources.iter().filter(|source| answer(source) == Answer::Yes).collect();
            if !owners.is_empty() {
                certain = candidates.is_empty();
                candidates.extend(owners.into_iter().cloned());
                break;
            }
            let before = candidates.len();
            candidates.extend(frame.sources.iter().filter(|source| answer(source) == Answer::Maybe).cloned());
            if is_alias {
                self.mark_candidates(&candidates, &column, false);
                return;
            }
            if let Some(row) = frame.sources.iter().find(|source| source.path.last() == Some(&column.name)) {
                // A relation's own name is its row as a struct, unless a column has that name.
                let row = row.clone();
                if candidates.len() == before {
                    self.consume_source(&row);
                } else {
                    self.unknown(&[row]);
                    self.mark_candidates(&candidates, &column, false);
                }
                return;
            }
        }
        certain |= candidates.len() == 1;
        self.mark_candidates(&candidates, &column, certain);
    }

    /// Records a column that belongs to one of these sources and to no other.
    pub(super) fn column_of(&mut self, sources: &[Source], name: &str, span: TextSpan) {
        let column = ColumnUse { name: name.to_lowercase(), span };
        self.using(sources, sources.len(), &column);
    }

    /// Records what may be a column or something else (`x.f()`: a column, or a schema).
    pub(super) fn perhaps(&mut self, parts: &[(String, TextSpan)]) {
        let Some((name, span)) = parts.first() else { return };
        let lower = name.to_lowercase();
        if parts.len() > 1 || self.owned_by_other(&lower) {
            return self.qualified(parts, Precedence::Column);
        }
        if self.lambdas.iter().flatten().any(|parameter| *parameter == lower) {
            return;
        }
        let sources: Vec<Source> = self.frames.last().map(|frame| frame.sources.clone()).unwrap_or_default();
        let maybe: Vec<Source> =
            sources.into_iter().filter(|source| self.has(source, &lower) == Answer::Maybe).collect();
        self.mark_candidates(&maybe, &ColumnUse { name: lower, span: *span }, false);
    }

    /// Records `qualifier.column` or a field of a struct; every part comes with its place.
    pub(super) fn qualified(&mut self, parts: &[(String, TextSpan)], precedence: Precedence) {
        let names: Vec<String> = parts.iter().map(|(name, _)| name.to_lowercase()).collect();
        // The longest qualifier first: catalog.schema.table.column, schema.table.column, table.column, then fields.
        for length in (1..names.len().min(4)).rev() {
            let Some((source, name)) = self.source(&names[..length]).zip(names.get(length)) else { continue };
            if self.has(&source, name) == Answer::No && length == 1 && self.owned_by_other(&names[0]) {
                continue;
            }
            let span = TextSpan { start: parts[length].1.start, end: parts[length].1.end };
            self.mark(&source, &ColumnUse { name: name.clone(), span }, true);
            return;
        }
        if let Some((name, span)) = parts.first() {
            self.column(name, *span, precedence);
        }
    }

    /// Whether some source certainly has a column of this name (a struct that is called like a relation).
    fn owned_by_other(&self, name: &str) -> bool {
        self.frames.iter().rev().flat_map(|frame| &frame.sources).any(|source| self.has(source, name) == Answer::Yes)
    }

    /// The source that a qualifier (in lower case) names, from the innermost query outwards.
    pub(super) fn source(&self, qualifier: &[String]) -> Option<Source> {
        let sources = self.frames.iter().rev().flat_map(|frame| &frame.sources);
        let mut named = sources.filter(|source| !source.path.is_empty() && source.path.ends_with(qualifier));
        named.next().cloned()
    }

    /// A column that both sides of a join name in `using`.
    pub(super) fn using(&mut self, sources: &[Source], left: usize, column: &ColumnUse) {
        let split = left.min(sources.len());
        for side in [&sources[..split], &sources[split..]] {
            let owners: Vec<Source> =
                side.iter().filter(|source| self.has(source, &column.name) == Answer::Yes).cloned().collect();
            let (candidates, certain) = if owners.is_empty() {
                let maybe: Vec<Source> =
                    side.iter().filter(|source| self.has(source, &column.name) == Answer::Maybe).cloned().collect();
                let certain = maybe.len() == 1;
                (maybe, certain)
            } else {
                (owners, true)
            };
            self.mark_candidates(&candidates, column, certain);
        }
    }

    /// Says that nobody can tell which columns of these sources are used.
    pub(super) fn unknown(&mut self, sources: &[Source]) {
        for source in sources {
            match &source.relation {
                Relation::Base(index) => self.reads[*index].unknown = true,
                Relation::Derived(output) => {
                    for item in output.branches.iter().flatten() {
                        if let OutputItem::Star { sources, .. } = item {
                            self.unknown(&Rc::clone(sources));
                        }
                    }
                }
                Relation::Opaque => {}
            }
        }
    }

    /// Says that every column of a query's result is used.
    pub(super) fn consume(&mut self, output: &Output) {
        if output.consumed.replace(true) {
            return;
        }
        for item in output.branches.iter().flatten() {
            if let OutputItem::Star { sources, .. } = item {
                for source in sources.iter() {
                    self.consume_source(source);
                }
            }
        }
    }

    /// Says that every column of a source is used.
    pub(super) fn consume_source(&mut self, source: &Source) {
        match &source.relation {
            Relation::Base(index) => self.reads[*index].all = true,
            Relation::Derived(output) => self.consume(output),
            Relation::Opaque => {}
        }
    }

    fn has(&self, source: &Source, name: &str) -> Answer {
        if source.renamed.iter().any(|renamed| renamed == name) {
            return Answer::Yes;
        }
        match &source.relation {
            // The number of a row is not a column of anybody's contract.
            Relation::Base(_) if name == "rowid" => Answer::No,
            Relation::Base(index) => match &self.reads[*index].known {
                Some(known) if known.iter().any(|column| column == name) => Answer::Yes,
                Some(_) => Answer::No,
                None => Answer::Maybe,
            },
            Relation::Derived(output) => self.output_has(output, name),
            Relation::Opaque => Answer::Maybe,
        }
    }

    fn output_has(&self, output: &Output, name: &str) -> Answer {
        if let Some(answer) = output.answers.borrow().get(name) {
            return *answer;
        }
        let mut answer = Answer::No;
        for item in output.branches.iter().flatten() {
            match self.item_has(item, name) {
                Answer::Yes => {
                    answer = Answer::Yes;
                    break;
                }
                Answer::Maybe => answer = Answer::Maybe,
                Answer::No => {}
            }
        }
        output.answers.borrow_mut().insert(name.to_string(), answer);
        answer
    }

    fn item_has(&self, item: &OutputItem, name: &str) -> Answer {
        match item {
            OutputItem::Column(column) if column.as_deref() == Some(name) => Answer::Yes,
            OutputItem::Column(_) => Answer::No,
            OutputItem::Anything => Answer::Maybe,
            OutputItem::Star { except, .. } if except.iter().any(|other| other == name) => Answer::No,
            OutputItem::Star { sources, .. } => {
                let mut best = Answer::No;
                for source in sources.iter() {
                    match self.has(source, name) {
                        Answer::Yes => return Answer::Yes,
                        Answer::Maybe => best = Answer::Maybe,
                        Answer::No => {}
                    }
                }
                best
            }
        }
    }

    fn mark_candidates(&mut self, candidates: &[Source], column: &ColumnUse, certain: bool) {
        for source in candidates {
            self.mark(source, column, certain);
        }
    }

    /// Records that `source` is asked for `column`.
    fn mark(&mut self, source: &Source, column: &ColumnUse, certain: bool) {
        if let Some(position) = source.renamed.iter().position(|renamed| *renamed == column.name) {
            return self.mark_position(source, position, column, certain);
        }
        match &source.relation {
            Relation::Base(index) => self.reads[*index].mark(column, certain),
            Relation::Derived(output) => self.mark_output(output, column, certain),
            Relation::Opaque => {}
        }
    }

    /// A column that an alias renamed is the one at its position, when positions are known.
    fn mark_position(&mut self, source: &Source, position: usize, column: &ColumnUse, certain: bool) {
        let Relation::Base(index) = source.relation else {
            if let Relation::Derived(output) = &source.relation
                && output.branches.iter().flatten().any(|item| matches!(item, OutputItem::Star { .. }))
            {
                self.consume(output);
            }
            return;
        };
        let read = &mut self.reads[index];
        match read.known.as_ref().and_then(|known| known.get(position)).cloned() {
            Some(name) => read.mark(&ColumnUse { name, span: column.span }, certain),
            None => read.unknown = true,
        }
    }

    fn mark_output(&mut self, output: &Rc<Output>, column: &ColumnUse, certain: bool) {
        if !output.marked.borrow_mut().insert((column.clone(), certain)) {
            return;
        }
        for branch in &output.branches {
            let own = |item: &OutputItem| matches!(item, OutputItem::Column(Some(name)) if *name == column.name);
            if branch.iter().any(own) {
                continue;
            }
            let mut candidates: Vec<Source> = Vec::new();
            let mut owners: Vec<Source> = Vec::new();
            for item in branch {
                let OutputItem::Star { sources, except } = item else { continue };
                if except.contains(&column.name) {
                    continue;
                }
                for source in sources.iter() {
                    match self.has(source, &column.name) {
                        Answer::Yes => owners.push(source.clone()),
                        Answer::Maybe => candidates.push(source.clone()),
                        Answer::No => {}
                    }
                }
            }
            let certain = certain && (!owners.is_empty() || candidates.len() == 1);
            let chosen = if owners.is_empty() { candidates } else { owners };
            self.mark_candidates(&chosen, column, certain);
        }
    }
}

impl ReadState {
    fn mark(&mut self, column: &ColumnUse, certain: bool) {
        let uses = if certain { &mut self.mentions } else { &mut self.ambiguous };
        uses.insert(column.clone());
    }

    fn finish(self) -> Read {
        let columns = if self.unknown {
            UsedColumns::Unknown
        } else if self.all {
            UsedColumns::All
        } else {
            UsedColumns::Named(self.mentions.clone())
        };
        Read { table: self.table, columns, mentions: self.mentions, ambiguous: self.ambiguous }
    }
}
