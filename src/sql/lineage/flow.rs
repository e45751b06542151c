//! What a value is made of: columns of relations, and how they get into it.

use super::super::reference::TextSpan;
use super::nullness::Nullness;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// How a column gets into a result. The words are those of OpenLineage's column lineage facet 1-2-0
/// (<https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transformation {
    /// DIRECT: the value itself.
    Identity,
    /// DIRECT: the value is computed from it.
    Transformation,
    /// DIRECT: an aggregate of its values.
    Aggregation,
    /// INDIRECT: it decides which branch of a `case` counts.
    Conditional,
    /// INDIRECT: it partitions or orders a window.
    Window,
    /// INDIRECT: rows are joined by it.
    Join,
    /// INDIRECT: rows are filtered by it.
    Filter,
    /// INDIRECT: rows are grouped by it.
    GroupBy,
    /// INDIRECT: rows are sorted by it.
    Sort,
}

impl Transformation {
    /// Whether values flow, not only influence.
    pub fn is_direct(self) -> bool {
        matches!(self, Transformation::Identity | Transformation::Transformation | Transformation::Aggregation)
    }

    /// OpenLineage's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Transformation::Identity => "IDENTITY",
            Transformation::Transformation => "TRANSFORMATION",
            Transformation::Aggregation => "AGGREGATION",
            Transformation::Conditional => "CONDITIONAL",
            Transformation::Window => "WINDOW",
            Transformation::Join => "JOIN",
            Transformation::Filter => "FILTER",
            Transformation::GroupBy => "GROUP_BY",
            Transformation::Sort => "SORT",
        }
    }

    /// What comes of a column that got into a value in one way, when the value gets into another in `outer` way.
    fn within(self, outer: Transformation) -> Transformation {
        match (self.is_direct(), outer.is_direct()) {
            (true, true) => self.max(outer),
            (true, false) => outer,
            (false, _) => self,
        }
    }
}

impl fmt::Display for Transformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A column of one of the relations that a statement reads: the relation's number, and the name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub relation: usize,
    pub name: Rc<str>,
}

/// Everything that a value is made of; or why that is not known.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub inputs: BTreeMap<(Column, Transformation), TextSpan>,
    pub unknown: Option<Rc<str>>,
    /// Whether the value can be null. Kept for columns of queries and relations, not for what stands inside of an expression.
    pub null: Nullness,
}

impl Flow {
    pub fn of(column: Column, span: TextSpan) -> Self {
        let null = Nullness::of(column.clone());
        Flow { inputs: BTreeMap::from([((column, Transformation::Identity), span)]), unknown: None, null }
    }

    pub fn unknown(reason: &str) -> Self {
        Flow { inputs: BTreeMap::new(), unknown: Some(reason.into()), null: Nullness::Unknown }
    }

    /// Adds another value's inputs. The first place of each counts.
    pub fn add(&mut self, other: &Flow) {
        for (key, span) in &other.inputs {
            self.inputs.entry(key.clone()).or_insert(*span);
        }
        if self.unknown.is_none() {
            self.unknown = other.unknown.clone();
        }
    }

    /// The same, with what is known of nulls.
    pub fn with_null(self, null: Nullness) -> Self {
        Flow { null, ..self }
    }

    /// The same for a value that this one is put into.
    pub fn raised(self, outer: Transformation) -> Self {
        if outer == Transformation::Identity {
            return self;
        }
        let mut inputs = BTreeMap::new();
        for ((column, kind), span) in self.inputs {
            inputs.entry((column, kind.within(outer))).or_insert(span);
        }
        Flow { inputs, unknown: self.unknown, null: self.null }
    }
}
