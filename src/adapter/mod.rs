//! Engines behind plain APIs. The only module that uses the `duckdb` crate; knows nothing of dbt's nodes or of plans.

pub mod duckdb;
pub mod seed;
