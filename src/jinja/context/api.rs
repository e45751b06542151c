//! `api`: the classes `Relation` and `Column`.

use super::column::ColumnClass;
use super::names::namespace as dict_of;
use super::relation::relation_class;
use crate::manifest::Domain;
use minijinja::value::Value;

pub(super) fn namespace(domain: &Domain) -> Value {
    dict_of([("Relation", relation_class(domain.quoting)), ("Column", Value::from_object(ColumnClass))])
}
