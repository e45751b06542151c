//! Jinja as dbt speaks it, on the minijinja engine.
//!
//! Owns how templates are read, run and what their values are; never touches a warehouse or the disk by itself.

pub mod value;
