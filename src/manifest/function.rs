//! User-defined functions: what they take and return, and calls of them.

use super::Node;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// What only a function has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// `arguments`, in order.
    pub arguments: Vec<FunctionArgument>,
    /// `returns`.
    pub returns: FunctionReturns,
    /// `overloads`, in order: the same function for other arguments.
    pub overloads: Vec<FunctionOverload>,
}

/// The same function for other arguments, with a body of its own.
/// Source: `overloads` of a function in dbt-core 1.12.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionOverload {
    /// Name of the function whose file has the body, and which is no node of its own for that.
    pub defined_in: String,
    /// `arguments`, in order.
    pub arguments: Vec<FunctionArgument>,
    /// `returns`; `None` where it returns what the function itself does.
    pub returns: Option<FunctionReturns>,
    /// What it is.
    pub description: Option<String>,
    /// Its body, a template.
    pub raw_body: Arc<str>,
    /// The file of the body, relative to its package's root.
    pub original_file_path: String,
}

impl FunctionOverload {
    /// The function `node` with the file and the body of this overload, which is what messages about it are about.
    pub fn shown_in(&self, node: &Node) -> Node {
        let original_file_path = self.original_file_path.clone();
        Node { original_file_path, raw_code: self.raw_body.clone(), ..node.clone() }
    }
}

impl Function {
    /// The function as `overload` makes it.
    pub fn overloaded(&self, overload: &FunctionOverload) -> Function {
        Function {
            arguments: overload.arguments.clone(),
            returns: overload.returns.as_ref().unwrap_or(&self.returns).clone(),
            overloads: self.overloads.clone(),
        }
    }
}

/// What came of a function's overloads, by the names of the functions that they are defined in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OverloadResults {
    /// Those that were made.
    pub successful: Vec<String>,
    /// Those that were not.
    pub failed: Vec<String>,
}

/// An argument of a function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionArgument {
    /// Its name.
    pub name: String,
    /// Its type, as written.
    pub data_type: String,
    /// What it is.
    pub description: Option<String>,
    /// The value that it has when none is given.
    pub default_value: Option<Value>,
}

/// What a function returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionReturns {
    /// Its type, as written.
    pub data_type: String,
    /// What it is.
    pub description: Option<String>,
}

impl Default for FunctionReturns {
    /// What dbt shows of a function that no properties file describes.
    fn default() -> Self {
        FunctionReturns { data_type: "INVALID_TYPE".to_string(), description: None }
    }
}

/// A `function` call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionCall {
    /// Package named first, in the two-argument form.
    pub package: Option<String>,
    /// Name of the function.
    pub name: String,
}
