//! Two promises compared: what changed, and whether it breaks readers.

use super::{BodyShape, Promise, PromisedColumn, Shift};
use crate::manifest::{Access, UniqueId};
use crate::mesh::Nullability;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What a change means to readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing.
    None,
    /// The same columns with other values: a patch.
    Behaviour,
    /// More than before: a minor version.
    Additive,
    /// Less, or something else: a major version.
    Breaking,
}

impl Class {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::None => "none",
            Class::Behaviour => "behaviour",
            Class::Additive => "additive",
            Class::Breaking => "breaking",
        }
    }

    /// The part of a version that has to move.
    pub fn bump(self) -> Option<&'static str> {
        match self {
            Class::None => None,
            Class::Behaviour => Some("patch"),
            Class::Additive => Some("minor"),
            Class::Breaking => Some("major"),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Kinds of changes: the rules that a waiver names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum ChangeKind {
    ColumnRemoved,
    ColumnRenamed,
    ColumnAdded,
    ColumnsReordered,
    TypeChanged,
    TypeWidened,
    NullabilityLoosened,
    NullabilityTightened,
    KeyRemoved,
    KeyAdded,
    AcceptedValuesWidened,
    AcceptedValuesNarrowed,
    ModelRemoved,
    ModelMoved,
    ModelEphemeral,
    ModelAdded,
    AccessNarrowed,
    ContractNotEnforced,
    ContractEnforced,
    VersionRemoved,
    LatestVersionMoved,
    JoinLoosened,
    CoalesceRemoved,
    GrainChanged,
    LogicChanged,
    ColumnsUnknown,
    ServiceLoosened,
    ServiceTightened,
    NeedUnmet,
}

impl ChangeKind {
    /// The rule's name, as waivers and reports write it.
    pub fn as_str(self) -> &'static str {
        use ChangeKind as K;
        match self {
            K::ColumnRemoved => "column-removed",
            K::ColumnRenamed => "column-renamed",
            K::ColumnAdded => "column-added",
            K::ColumnsReordered => "columns-reordered",
            K::TypeChanged => "type-changed",
            K::TypeWidened => "type-widened",
            K::NullabilityLoosened => "nullability-loosened",
            K::NullabilityTightened => "nullability-tightened",
            K::KeyRemoved => "key-removed",
            K::KeyAdded => "key-added",
            K::AcceptedValuesWidened => "accepted-values-widened",
            K::AcceptedValuesNarrowed => "accepted-values-narrowed",
            K::ModelRemoved => "model-removed",
            K::ModelMoved => "model-moved",
            K::ModelEphemeral => "model-ephemeral",
            K::ModelAdded => "model-added",
            K::AccessNarrowed => "access-narrowed",
            K::ContractNotEnforced => "contract-not-enforced",
            K::ContractEnforced => "contract-enforced",
            K::VersionRemoved => "version-removed",
            K::LatestVersionMoved => "latest-version-moved",
            K::JoinLoosened => "join-loosened",
            K::CoalesceRemoved => "coalesce-removed",
            K::GrainChanged => "grain-changed",
            K::LogicChanged => "logic-changed",
            K::ColumnsUnknown => "columns-unknown",
            K::ServiceLoosened => "service-loosened",
            K::ServiceTightened => "service-tightened",
            K::NeedUnmet => "need-unmet",
        }
    }

    /// Whether it is about a need that is not met, which may be so without any change.
    pub fn is_need(self) -> bool {
        self == ChangeKind::NeedUnmet
    }

    /// What the rule means to readers.
    pub fn class(self) -> Class {
        use ChangeKind as K;
        match self {
            K::ColumnRemoved
            | K::ColumnRenamed
            | K::TypeChanged
            | K::NullabilityLoosened
            | K::KeyRemoved
            | K::AcceptedValuesWidened
            | K::ModelRemoved
            | K::ModelMoved
            | K::ModelEphemeral
            | K::AccessNarrowed
            | K::ContractNotEnforced
            | K::VersionRemoved
            | K::JoinLoosened
            | K::CoalesceRemoved
            | K::GrainChanged
            | K::ServiceLoosened
            | K::NeedUnmet
            | K::LatestVersionMoved => Class::Breaking,
            K::ColumnAdded
            | K::TypeWidened
            | K::NullabilityTightened
            | K::KeyAdded
            | K::AcceptedValuesNarrowed
            | K::ModelAdded
            | K::ServiceTightened
            | K::ContractEnforced => Class::Additive,
            K::LogicChanged | K::ColumnsUnknown => Class::Behaviour,
            K::ColumnsReordered => Class::None,
        }
    }
}

/// One change of a public model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The model.
    pub node: UniqueId,
    /// What changed.
    pub kind: ChangeKind,
    /// The column, in lower case, where it is about one.
    pub column: Option<String>,
    /// In words: what it was and what it is.
    pub detail: String,
}

impl Change {
    /// What it means to readers.
    pub fn class(&self) -> Class {
        self.kind.class()
    }
}

/// Everything that differs between the public models of two states. `widening_breaks` tells whether a reader of a column
/// stores what it reads in a table of the old type.
pub fn compare(
    base: &BTreeMap<UniqueId, Promise>,
    head: &BTreeMap<UniqueId, Promise>,
    today: &str,
    widening_breaks: &dyn Fn(&UniqueId, &str) -> bool,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (id, was) in base.iter().filter(|(_, was)| was.access == Access::Public) {
        let mut found = Comparison { id, widening_breaks, changes: Vec::new() };
        match head.get(id) {
            None => found.removed(was, today),
            Some(is) => found.all(was, is),
        }
        changes.append(&mut found.changes);
    }
    for (id, _) in head.iter().filter(|(_, is)| is.access == Access::Public) {
        if base.get(id).is_none_or(|was| was.access != Access::Public) {
            let detail = "it can be read by other domains now".to_string();
            changes.push(Change { node: id.clone(), kind: ChangeKind::ModelAdded, column: None, detail });
        }
    }
    changes
}

struct Comparison<'a> {
    id: &'a UniqueId,
    widening_breaks: &'a dyn Fn(&UniqueId, &str) -> bool,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn add(&mut self, kind: ChangeKind, column: Option<&str>, detail: impl Into<String>) {
        let column = column.map(str::to_lowercase);
        self.changes.push(Change { node: self.id.clone(), kind, column, detail: detail.into() });
    }

    fn removed(&mut self, was: &Promise, today: &str) {
        let expired = was.deprecation_date.as_deref().is_some_and(|date| date.get(..10).is_some_and(|day| day < today));
        match &was.version {
            Some(_) if expired => {}
            Some((version, _)) => {
                let date = was.deprecation_date.as_deref().and_then(|date| date.get(..10));
                let until = date
                    .map_or("which has no deprecation_date".to_string(), |date| format!("deprecated from {date} on"));
                self.add(ChangeKind::VersionRemoved, None, format!("version {version} is gone, {until}"));
            }
            None => self.add(ChangeKind::ModelRemoved, None, "the model is gone or switched off"),
        }
    }

    fn all(&mut self, was: &Promise, is: &Promise) {
        if is.access != Access::Public {
            self.add(ChangeKind::AccessNarrowed, None, format!("access was public and is {}", is.access.as_str()));
        }
        if is.ephemeral && !was.ephemeral {
            self.add(ChangeKind::ModelEphemeral, None, "it is ephemeral now: nothing is built that can be read");
        } else if was.relation != is.relation && !was.ephemeral {
            let shown = |relation: &Option<String>| relation.clone().unwrap_or_default();
            let detail = format!("it was built as {} and is built as {}", shown(&was.relation), shown(&is.relation));
            self.add(ChangeKind::ModelMoved, None, detail);
        }
        match (was.enforced, is.enforced) {
            (true, false) => self.add(ChangeKind::ContractNotEnforced, None, "its contract was enforced and is not"),
            (false, true) => self.add(ChangeKind::ContractEnforced, None, "its contract is enforced now"),
            _ => {}
        }
        if let (Some((_, before)), Some((_, now))) = (&was.version, &is.version)
            && before != now
        {
            let shown = |version: &Option<crate::manifest::Version>| version.as_ref().map(ToString::to_string);
            let (before, now) = (shown(before).unwrap_or_default(), shown(now).unwrap_or_default());
            let detail = format!("latest_version was {before} and is {now}: refs without a version read another one");
            self.add(ChangeKind::LatestVersionMoved, None, detail);
        }
        self.service(was, is);
        self.promised_of_columns(was, is);
        let settled = match (&was.columns, &is.columns) {
            (Some(before), Some(now)) => self.columns(before, now),
            (Some(_), None) => {
                self.add(ChangeKind::ColumnsUnknown, None, "its columns are not known any more");
                false
            }
            (None, _) => false,
        };
        self.logic(was, is, settled);
    }

    /// How old rows may be, and what else is promised about running the model.
    fn service(&mut self, was: &Promise, is: &Promise) {
        for (property, before) in &was.levels {
            let (shift, detail) = match is.levels.get(property) {
                Some(now) => (before.shift(now, property), format!("{property} was {before} and is {now}")),
                None => (Shift::Worse, format!("{property} was {before}, and is not promised any more")),
            };
            match shift {
                Shift::Same => {}
                Shift::Better => self.add(ChangeKind::ServiceTightened, None, detail),
                Shift::Worse => self.add(ChangeKind::ServiceLoosened, None, detail),
            }
        }
        for (property, now) in is.levels.iter().filter(|(property, _)| !was.levels.contains_key(*property)) {
            self.add(ChangeKind::ServiceTightened, None, format!("{property} is promised: {now}"));
        }
    }

    /// Names and types; gives whether only the order differs.
    fn columns(&mut self, was: &[PromisedColumn], is: &[PromisedColumn]) -> bool {
        let by_name = |columns: &[PromisedColumn]| -> BTreeMap<String, PromisedColumn> {
            columns.iter().map(|column| (column.name.to_lowercase(), column.clone())).collect()
        };
        let (before, now) = (by_name(was), by_name(is));
        let gone: Vec<&String> = before.keys().filter(|name| !now.contains_key(*name)).collect();
        let mut added: Vec<&String> = now.keys().filter(|name| !before.contains_key(*name)).collect();
        let place = |columns: &[PromisedColumn], name: &str| {
            columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
        };
        for name in &gone {
            // The same place and type under another name.
            let successor = added.iter().position(|other| {
                before[*name].data_type == now[*other].data_type && place(was, name) == place(is, other)
            });
            match successor {
                Some(index) => {
                    let other = added.remove(index);
                    let detail = format!("`{name}` is called `{other}` now");
                    self.add(ChangeKind::ColumnRenamed, Some(name), detail);
                }
                None => self.add(ChangeKind::ColumnRemoved, Some(name), format!("`{name}` is gone")),
            }
        }
        for name in &added {
            let data_type = now[*name].data_type.clone().unwrap_or_default();
            self.add(ChangeKind::ColumnAdded, Some(name), format!("`{name}` {data_type}"));
        }
        for (name, column) in &before {
            if let (Some(old), Some(new)) =
                (&column.data_type, now.get(name).and_then(|other| other.data_type.as_ref()))
                && old != new
            {
                let widened = is_widened(old, new) && !(self.widening_breaks)(self.id, name);
                let kind = if widened { ChangeKind::TypeWidened } else { ChangeKind::TypeChanged };
                self.add(kind, Some(name), format!("`{name}` was {old} and is {new}"));
            }
        }
        let kept = |columns: &[PromisedColumn]| -> Vec<String> {
            let kept = columns.iter().map(|column| column.name.to_lowercase());
            kept.filter(|name| before.contains_key(name) && now.contains_key(name)).collect()
        };
        let reordered = kept(was) != kept(is);
        if reordered {
            self.add(ChangeKind::ColumnsReordered, None, "the order of the columns differs");
        }
        reordered && gone.is_empty() && added.is_empty()
    }

    fn promised_of_columns(&mut self, was: &Promise, is: &Promise) {
        let still_there = |name: &String| {
            is.columns
                .as_ref()
                .is_none_or(|columns| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)))
        };
        for name in was.not_null.difference(&is.not_null).filter(|name| still_there(name)) {
            let detail = format!("`{name}` was promised to be never null, and is not");
            self.add(ChangeKind::NullabilityLoosened, Some(name), detail);
        }
        let was_inferred =
            was.nullability.iter().filter(|(_, was)| **was == Nullability::NotNull).map(|(name, _)| name);
        for name in was_inferred.filter(|name| is.nullability.get(*name) == Some(&Nullability::Nullable)) {
            if !was.not_null.contains(name) || is.not_null.contains(name) {
                let detail = format!("its SQL kept nulls out of `{name}`, and does not any more");
                self.add(ChangeKind::NullabilityLoosened, Some(name), detail);
            }
        }
        for name in is.not_null.difference(&was.not_null) {
            self.add(ChangeKind::NullabilityTightened, Some(name), format!("`{name}` is promised to be never null"));
        }
        for key in was.unique.difference(&is.unique).filter(|key| key.iter().all(still_there)) {
            let detail = format!("({}) was promised to be unique, and is not", key.join(", "));
            self.add(ChangeKind::KeyRemoved, key.first().map(String::as_str), detail);
        }
        self.grain(was, is);
        for key in is.unique.difference(&was.unique) {
            let detail = format!("({}) is promised to be unique", key.join(", "));
            self.add(ChangeKind::KeyAdded, key.first().map(String::as_str), detail);
        }
        let names: BTreeSet<&String> = was.accepted.keys().chain(is.accepted.keys()).collect();
        for name in names.into_iter().filter(|name| still_there(name)) {
            let shown = |values: &BTreeSet<String>| values.iter().cloned().collect::<Vec<_>>().join(", ");
            match (was.accepted.get(name), is.accepted.get(name)) {
                (Some(_), None) => {
                    let detail = format!("`{name}` may have any value now");
                    self.add(ChangeKind::AcceptedValuesWidened, Some(name), detail);
                }
                (None, Some(values)) => {
                    let detail = format!("`{name}` has one of {}", shown(values));
                    self.add(ChangeKind::AcceptedValuesNarrowed, Some(name), detail);
                }
                (Some(before), Some(now)) if before != now => {
                    let more: BTreeSet<String> = now.difference(before).cloned().collect();
                    if more.is_empty() {
                        let detail = format!("`{name}` has one of {}", shown(now));
                        self.add(ChangeKind::AcceptedValuesNarrowed, Some(name), detail);
                    } else {
                        let detail = format!("`{name}` may be {} too", shown(&more));
                        self.add(ChangeKind::AcceptedValuesWidened, Some(name), detail);
                    }
                }
                _ => {}
            }
        }
    }

    /// What a row stands for, as far as the SQL tells on both sides. A key that was promised has been told about.
    fn grain(&mut self, was: &Promise, is: &Promise) {
        let shown = |key: &BTreeSet<String>| match key.is_empty() {
            true => "all".to_string(),
            false => key.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let is_promised = |key: &BTreeSet<String>| {
            was.unique.iter().any(|own| own.iter().collect::<BTreeSet<_>>() == key.iter().collect())
        };
        // That a key cannot be told any more says nothing; that there is another one does.
        let new: Vec<&BTreeSet<String>> = is.keys.iter().filter(|key| !was.keys.contains(key)).collect();
        for key in was.keys.iter().filter(|key| !new.is_empty() && !is.is_unique(key) && !is_promised(key)) {
            let now = new.iter().map(|key| shown(key)).collect::<Vec<_>>().join(" and for ");
            let detail = format!("its SQL gave one row for ({}), and gives one for ({now}) now", shown(key));
            self.add(ChangeKind::GrainChanged, key.first().map(String::as_str), detail);
        }
    }

    /// What may make a column null now, or gives the rows another meaning. Written, not inferred: what the SQL keeps from
    /// showing in the result is told all the same.
    fn shape(&mut self, id: &UniqueId, before: &BodyShape, now: &BodyShape) {
        if now.outer_joins > before.outer_joins && now.inner_joins < before.inner_joins {
            let detail = format!("an inner join of {id} became an outer one: columns of its other side may be null");
            self.add(ChangeKind::JoinLoosened, None, detail);
        }
        if id != self.id {
            return;
        }
        if now.coalesces < before.coalesces {
            self.add(ChangeKind::CoalesceRemoved, None, "a coalesce is gone: what it filled may be null");
        }
        if now.grain != before.grain {
            let shown = |grain: &[String]| if grain.is_empty() { "nothing".to_string() } else { grain.join("; ") };
            let detail = format!("its rows were grouped by {} and are by {}", shown(&before.grain), shown(&now.grain));
            self.add(ChangeKind::GrainChanged, None, detail);
        }
    }

    /// The SQL of the model, and of what it is made of in its own domain.
    fn logic(&mut self, was: &Promise, is: &Promise, only_reordered: bool) {
        let mut changed: Vec<String> = Vec::new();
        for (id, now) in &is.bodies {
            if let Some(before) = was.bodies.get(id).filter(|before| !Arc::ptr_eq(before, now)) {
                self.shape(id, &before.shape, &now.shape);
            }
            match was.bodies.get(id) {
                Some(before) if Arc::ptr_eq(before, now) || before == now => {}
                Some(before) if id == self.id && only_reordered && before.same_but_for_order(now) => {}
                // What a model of the domain gives in another order does not reach its readers by name.
                Some(before) if id != self.id && before.same_but_for_order(now) => {}
                _ => changed.push(id.to_string()),
            }
        }
        changed.extend(was.bodies.keys().filter(|id| !is.bodies.contains_key(*id)).map(ToString::to_string));
        if !changed.is_empty() {
            self.add(ChangeKind::LogicChanged, None, format!("the SQL of {} differs", changed.join(", ")));
        }
    }
}

/// Whether a whole number only has room for more.
fn is_widened(old: &str, new: &str) -> bool {
    const SIGNED: [&str; 5] = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"];
    const UNSIGNED: [&str; 5] = ["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"];
    [SIGNED, UNSIGNED].iter().any(|family| {
        let place = |name: &str| family.iter().position(|known| *known == name);
        place(old).zip(place(new)).is_some_and(|(old, new)| old < new)
    })
}
