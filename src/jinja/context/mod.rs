//! What dbt gives to templates: its functions, objects and variables.

pub mod column;
pub mod function;
pub mod relation;
