//! Engines behind plain APIs, and behind the trait through which templates reach them. The only module that uses the
//! `duckdb` crate; knows nothing of dbt's nodes or of plans.

pub mod duckdb;
mod python;
pub mod seed;
mod session;
mod values;

pub use session::{DuckDbSession, DuckDbWarehouse, NoListener, StatementListener};
