//! Names in a query and what they stand for, with their lineage.

use super::super::reference::{Columns, TableReference, TextSpan};
use super::super::text::Places;
use super::flow::{Column, Flow, Transformation};
use super::keys::{Driving, KeyRule};
use super::nullness::Nullness;
use super::{Keys, Lineage, Nulls, OutputColumn, Relation, inputs};
use sqlparser::ast::Expr;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

/// What a query, relation or table function returns.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    pub columns: Vec<ShapeColumn>,
    /// Columns beyond those listed, with any names.
    pub rest: Option<Rest>,
    /// What influences all of its rows.
    pub indirect: Flow,
    /// What holds of nulls in all of its columns: those of the other side of an outer join may be null.
    pub null: Option<Nullness>,
    /// Which of its columns are keys.
    pub keys: Vec<KeyRule>,
}

/// One column of a shape.
#[derive(Debug, Clone)]
pub(super) struct ShapeColumn {
    /// In lower case; none for an expression without a name.
    pub name: Option<Rc<str>>,
    pub flow: Rc<Flow>,
}

/// Columns that nobody lists.
#[derive(Debug, Clone)]
pub(super) enum Rest {
    /// Those of a relation whose columns are not known.
    Of(usize, TextSpan),
    /// Each is made of the same.
    Like(Rc<Flow>),
    /// Nothing is known of them.
    Unknown(Rc<str>),
}

impl Rest {
    fn column(&self, name: &Rc<str>, span: TextSpan) -> Flow {
        match self {
            Rest::Of(relation, _) => Flow::of(Column { relation: *relation, name: name.clone() }, span),
            Rest::Like(flow) => (**flow).clone(),
            Rest::Unknown(reason) => Flow::unknown(reason),
        }
    }
}

impl Shape {
    /// The lineage of a column, if the shape has it; `None` also where it may have it.
    pub fn column(&self, name: &str) -> Option<&Rc<Flow>> {
        self.columns.iter().find(|column| column.name.as_deref() == Some(name)).map(|column| &column.flow)
    }

    /// The lineage of a column that is not listed.
    pub fn rest_column(&self, name: &Rc<str>, span: TextSpan) -> Option<Flow> {
        let flow = self.rest.as_ref()?.column(name, span);
        Some(match &self.null {
            Some(null) => flow.with_null(null.clone()),
            None => flow,
        })
    }

    /// The same where something else holds of nulls in all columns.
    pub fn with_null(mut self, null: &Nullness) -> Self {
        for column in &mut self.columns {
            column.flow = Rc::new((*column.flow).clone().with_null(null.clone()));
        }
        self.null = Some(null.clone());
        self
    }

    /// The same columns under other names, by place.
    pub fn renamed(mut self, names: &[Rc<str>]) -> Self {
        self.keys.clear();
        for (place, name) in names.iter().enumerate() {
            match (self.columns.get_mut(place), &self.rest) {
                (Some(column), _) => column.name = Some(name.clone()),
                (None, Some(rest)) => {
                    let flow = match rest {
                        Rest::Of(..) => Flow::unknown("the columns of a relation are renamed, and not known"),
                        other => other.column(name, TextSpan { start: 0, end: 0 }),
                    };
                    self.columns.push(ShapeColumn { name: Some(name.clone()), flow: Rc::new(flow) });
                }
                (None, None) => {}
            }
        }
        self
    }
}

/// An item of a `from` clause.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The parts by which columns can be qualified, in lower case, innermost last.
    pub path: Vec<String>,
    pub shape: Rc<Shape>,
}

/// The sources of one query, the columns that joins have merged, and the aliases of its select list.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub sources: Vec<Source>,
    pub merged: Vec<Merged>,
    pub aliases: HashMap<Rc<str>, Rc<Flow>>,
    /// How its rows are grouped.
    pub groups: Groups,
    /// The source whose rows it gives at most once each.
    pub driving: Option<Driving>,
}

/// A column that the two sides of a join have merged.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    pub name: Rc<str>,
    pub flow: Rc<Flow>,
    /// The places of the sources that are joined.
    pub sources: Range<usize>,
}

/// How the rows of a query are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Groups {
    /// Not at all: an aggregate is about all of them, of which there may be none.
    #[default]
    None,
    /// By keys: each group has a row.
    Keys,
    /// By several sets of keys, or by keys that are found out by the engine.
    Other,
}

/// Collects the lineage of one statement.
pub(super) struct Tracer<'a> {
    known: &'a dyn Columns,
    pub places: &'a Places<'a>,
    pub frames: Vec<Frame>,
    ctes: Vec<HashMap<String, Rc<Shape>>>,
    pub lambdas: Vec<Vec<String>>,
    relations: Vec<Relation>,
    by_key: BTreeMap<(Option<String>, Option<String>, String), usize>,
    shapes: HashMap<usize, Rc<Shape>>,
    /// What influences all rows of the query that is walked.
    pub indirect: Vec<Flow>,
}

impl<'a> Tracer<'a> {
    pub fn new(known: &'a dyn Columns, places: &'a Places<'a>) -> Self {
        Tracer {
            known,
            places,
            frames: Vec::new(),
            ctes: Vec::new(),
            lambdas: Vec::new(),
            relations: Vec::new(),
            by_key: BTreeMap::new(),
            shapes: HashMap::new(),
            indirect: Vec::new(),
        }
    }

    /// The result, with the names that the engine gives.
    pub fn finish(self, shape: &Shape, names: Option<&[String]>) -> Lineage {
        let mut columns: Vec<(Option<Rc<str>>, Rc<Flow>)> =
            shape.columns.iter().map(|column| (column.name.clone(), column.flow.clone())).collect();
        if let (Some(rest), Some(names)) = (&shape.rest, names) {
            for name in names.iter().skip(columns.len()) {
                let name: Rc<str> = name.to_lowercase().into();
                let span = if let Rest::Of(_, span) = rest { *span } else { TextSpan { start: 0, end: 0 } };
                columns.push((Some(name.clone()), Rc::new(shape.rest_column(&name, span).unwrap_or_default())));
            }
        } else if shape.rest.is_some() {
            let reason = "a star over columns that are not known";
            columns.push((None, Rc::new(Flow::unknown(reason))));
        }
        let outputs = match names {
            Some(names) => fitted(&columns, names),
            None => columns.iter().map(|(name, flow)| output(name.as_deref(), flow)).collect(),
        };
        Lineage {
            relations: self.relations,
            outputs,
            indirect: inputs(&shape.indirect),
            keys: shape.keys.iter().map(Keys::of).collect(),
            ..Lineage::default()
        }
    }

    pub fn open_ctes(&mut self) {
        self.ctes.push(HashMap::new());
    }

    pub fn close_ctes(&mut self) {
        self.ctes.pop();
    }

    pub fn define_cte(&mut self, name: &str, shape: Rc<Shape>) {
        if let Some(scope) = self.ctes.last_mut() {
            scope.insert(name.to_lowercase(), shape);
        }
    }

    /// What a name in a `from` clause stands for.
    pub fn relation(&mut self, table: TableReference) -> Rc<Shape> {
        if table.schema.is_none() {
            let name = table.name.to_lowercase();
            if let Some(found) = self.ctes.iter().rev().find_map(|scope| scope.get(&name)) {
                return found.clone();
            }
        }
        self.base(table, false)
    }

    /// A relation of the database, or a file or table function.
    pub fn base(&mut self, table: TableReference, external: bool) -> Rc<Shape> {
        let key = table.key();
        let index = match self.by_key.get(&key) {
            Some(index) => *index,
            None => {
                self.by_key.insert(key, self.relations.len());
                self.relations.push(Relation { table: table.clone(), external });
                self.relations.len() - 1
            }
        };
        let span = table.span;
        if let Some(shape) = self.shapes.get(&index) {
            return shape.clone();
        }
        let known = if external { None } else { self.known.columns(&table) };
        let shape = match known {
            Some(names) => {
                let column = |name: String| {
                    let name: Rc<str> = name.to_lowercase().into();
                    let flow = Flow::of(Column { relation: index, name: name.clone() }, span);
                    ShapeColumn { name: Some(name), flow: Rc::new(flow) }
                };
                let columns: Vec<ShapeColumn> = names.into_iter().map(column).collect();
                let keys = vec![KeyRule::of_relation(index, columns.iter().filter_map(|column| column.name.clone()))];
                Shape { columns, keys, ..Shape::default() }
            }
            None => Shape { rest: Some(Rest::Of(index, span)), ..Shape::default() },
        };
        let shape = Rc::new(shape);
        self.shapes.insert(index, shape.clone());
        shape
    }

    /// Says that columns influence all rows of the query that is walked.
    pub fn influence(&mut self, flow: Flow, kind: Transformation) {
        if let Some(indirect) = self.indirect.last_mut() {
            indirect.add(&flow.raised(kind));
        }
    }

    /// The lineage of a column named without a qualifier. Columns come before aliases of the select list, inner queries
    /// before outer ones.
    pub fn column(&self, name: &str, span: TextSpan, aliases_first: bool) -> Flow {
        let name: Rc<str> = name.to_lowercase().into();
        if self.lambdas.iter().flatten().any(|parameter| **parameter == *name) {
            return Flow::default();
        }
        for (distance, frame) in self.frames.iter().rev().enumerate() {
            if aliases_first
                && distance == 0
                && let Some(flow) = frame.aliases.get(&name)
            {
                return (**flow).clone();
            }
            if let Some(flow) = self.in_frame(frame, &name, span) {
                return flow;
            }
            if let Some(flow) = frame.aliases.get(&name) {
                return (**flow).clone();
            }
            if let Some(row) = frame.sources.iter().find(|source| source.path.last().is_some_and(|own| **own == *name))
            {
                return whole(&row.shape).raised(Transformation::Transformation).with_null(Nullness::Unknown);
            }
        }
        Flow::unknown("a name that nothing in the query has")
    }

    fn in_frame(&self, frame: &Frame, name: &Rc<str>, span: TextSpan) -> Option<Flow> {
        if let Some(merged) = frame.merged.iter().find(|merged| merged.name == *name) {
            return Some(at(&merged.flow, span));
        }
        let certain: Vec<&Rc<Flow>> = frame.sources.iter().filter_map(|source| source.shape.column(name)).collect();
        if let Some(flow) = certain.first() {
            return Some(at(flow, span));
        }
        let possible: Vec<&Source> = frame.sources.iter().filter(|source| source.shape.rest.is_some()).collect();
        match possible.as_slice() {
            [] => None,
            [only] => only.shape.rest_column(name, span),
            _ => Some(Flow::unknown("several relations whose columns are not known may have it")),
        }
    }

    /// The lineage of `qualifier.column`, with fields of structs behind it.
    pub fn qualified(&self, parts: &[(String, TextSpan)], aliases_first: bool) -> Flow {
        let names: Vec<String> = parts.iter().map(|(name, _)| name.to_lowercase()).collect();
        for length in (1..names.len().min(4)).rev() {
            let Some(source) = self.source(&names[..length]) else { continue };
            let name: Rc<str> = names[length].as_str().into();
            let span = parts[length].1;
            let found = source.shape.column(&name).map(|flow| at(flow, span));
            let Some(flow) = found.or_else(|| source.shape.rest_column(&name, span)) else { continue };
            let is_field = length + 1 < names.len();
            return if is_field {
                flow.raised(Transformation::Transformation).with_null(Nullness::Unknown)
            } else {
                flow
            };
        }
        let Some((name, span)) = parts.first() else { return Flow::default() };
        let flow = self.column(name, *span, aliases_first);
        match parts.len() {
            1 => flow,
            _ => flow.raised(Transformation::Transformation).with_null(Nullness::Unknown),
        }
    }

    /// Says that columns of the innermost query, as written, are not null.
    pub fn never_null(&mut self, columns: &[&Expr]) {
        for column in columns {
            let names: Vec<String> = match column {
                Expr::Identifier(name) => vec![name.value.to_lowercase()],
                Expr::CompoundIdentifier(names) => names.iter().map(|name| name.value.to_lowercase()).collect(),
                _ => continue,
            };
            let Some((name, qualifier)) = names.split_last() else { continue };
            let Some(frame) = self.frames.last_mut() else { return };
            if qualifier.is_empty()
                && let Some(merged) = frame.merged.iter_mut().find(|merged| *merged.name == **name)
            {
                merged.flow = Rc::new((*merged.flow).clone().with_null(Nullness::Never));
                continue;
            }
            let is_meant = |source: &Source| {
                source.shape.column(name).is_some() && (qualifier.is_empty() || source.path.ends_with(qualifier))
            };
            let Some(source) = frame.sources.iter_mut().find(|source| is_meant(source)) else { continue };
            let mut shape = (*source.shape).clone();
            for column in shape.columns.iter_mut().filter(|column| column.name.as_deref() == Some(name)) {
                column.flow = Rc::new((*column.flow).clone().with_null(Nullness::Never));
            }
            source.shape = Rc::new(shape);
        }
    }

    /// The source that a qualifier (in lower case) names, from the innermost query outwards.
    pub fn source(&self, qualifier: &[String]) -> Option<&Source> {
        let sources = self.frames.iter().rev().flat_map(|frame| &frame.sources);
        sources.into_iter().find(|source| !source.path.is_empty() && source.path.ends_with(qualifier))
    }

    pub fn define_alias(&mut self, name: &str, flow: Rc<Flow>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.aliases.insert(name.to_lowercase().into(), flow);
        }
    }
}

/// The same lineage, named at `span`: a column of a relation was first seen where the relation stands.
fn at(flow: &Rc<Flow>, span: TextSpan) -> Flow {
    let own = flow.inputs.len() == 1 && flow.inputs.keys().all(|(_, kind)| *kind == Transformation::Identity);
    let mut flow = (**flow).clone();
    if own {
        flow.inputs.values_mut().for_each(|place| *place = span);
    }
    flow
}

/// All columns of a shape together.
pub(super) fn whole(shape: &Shape) -> Flow {
    let mut all = Flow::default();
    for column in &shape.columns {
        all.add(&column.flow);
    }
    match &shape.rest {
        None => {}
        Some(Rest::Like(flow)) => all.add(flow),
        Some(Rest::Unknown(reason)) => all.add(&Flow::unknown(reason)),
        Some(Rest::Of(..)) => all.add(&Flow::unknown("all columns of a relation whose columns are not known")),
    }
    all
}

fn output(name: Option<&str>, flow: &Flow) -> OutputColumn {
    OutputColumn {
        name: name.map(str::to_string),
        inputs: inputs(flow),
        unknown: flow.unknown.as_deref().map(str::to_string),
        nulls: Nulls::of(&flow.null),
    }
}

/// The columns under the engine's names. Where their number differs, or a name that syntax gives, nothing is sure.
fn fitted(columns: &[(Option<Rc<str>>, Rc<Flow>)], names: &[String]) -> Vec<OutputColumn> {
    let fits = columns.len() == names.len();
    let outputs = names.iter().enumerate().map(|(place, name)| {
        let lower = name.to_lowercase();
        let found = columns.get(place).filter(|_| fits);
        match found {
            // The engine numbers names that repeat: `id`, `id_1`.
            Some((own, flow)) if own.as_deref().is_none_or(|own| lower.starts_with(own)) => output(Some(&lower), flow),
            _ => output(Some(&lower), &Flow::unknown("the columns that were traced are not those of the result")),
        }
    });
    outputs.collect()
}
