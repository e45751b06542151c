//! User-defined functions: what they take and return, and calls of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What only a function has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// `arguments`, in order.
    pub arguments: Vec<FunctionArgument>,
    /// `returns`.
    pub returns: FunctionReturns,
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
