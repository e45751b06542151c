//! Entries of `functions:`.

use super::{Entry, NodeProperties};
use crate::project::fields::{Allowed, Refused, Text, Value};
use crate::project::yaml::Yaml;

/// An entry of `functions:`.
#[derive(Debug, Clone)]
pub struct FunctionProperties {
    /// What it shares with other nodes.
    pub node: NodeProperties,
    /// `arguments`
    pub arguments: Vec<FunctionArgument>,
    /// `returns`
    pub returns: FunctionReturns,
    /// `overloads`
    pub overloads: Vec<FunctionOverload>,
}

/// An entry of `overloads` of a function.
#[derive(Debug, Clone)]
pub struct FunctionOverload {
    /// `defined_in`: the function whose file has its body
    pub defined_in: Text,
    /// `arguments`
    pub arguments: Vec<FunctionArgument>,
    /// `returns`; what the function itself returns where nothing is said
    pub returns: Option<FunctionReturns>,
    /// `description`
    pub description: Option<Text>,
}

/// An argument of a function.
#[derive(Debug, Clone)]
pub struct FunctionArgument {
    /// `name`
    pub name: Text,
    /// `data_type`
    pub data_type: Text,
    /// `description`
    pub description: Option<Text>,
    /// `default_value`
    pub default_value: Option<Yaml>,
}

/// `returns` of a function.
#[derive(Debug, Clone)]
pub struct FunctionReturns {
    /// `data_type`
    pub data_type: Text,
    /// `description`
    pub description: Option<Text>,
}

impl FunctionProperties {
    pub(super) fn read(entry: &Entry<'_>) -> Option<Self> {
        let node = NodeProperties::read_documented(entry);
        let arguments = entry.fields.list("arguments", Refused, FunctionArgument::read);
        let returns = entry.fields.required("returns", FunctionReturns::read);
        let overloads = entry.fields.list("overloads", Refused, FunctionOverload::read);
        Some(FunctionProperties { node: node?, arguments, returns: returns?, overloads })
    }
}

impl FunctionOverload {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        let defined_in = fields.required("defined_in", |value| value.text());
        let arguments = fields.list("arguments", Refused, FunctionArgument::read);
        let returns = fields.read("returns", Allowed, FunctionReturns::read);
        let description = fields.text("description", Allowed);
        fields.deny_unknown(&["defined_in", "arguments", "returns", "description"]);
        Some(FunctionOverload { defined_in: defined_in?, arguments, returns, description })
    }
}

impl FunctionArgument {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        let name = fields.required("name", |value| value.text());
        let data_type = fields.required("data_type", |value| value.text());
        let description = fields.text("description", Allowed);
        let default_value = value.yaml.get("default_value").filter(|value| !value.is_null()).cloned();
        Some(FunctionArgument { name: name?, data_type: data_type?, description, default_value })
    }
}

impl FunctionReturns {
    fn read(value: Value<'_>) -> Option<Self> {
        let fields = value.fields()?;
        let data_type = fields.required("data_type", |value| value.text());
        let description = fields.text("description", Allowed);
        Some(FunctionReturns { data_type: data_type?, description })
    }
}
