//! The engine's own parser, reached through the session of a node.

use crate::jinja::value::to_str;
use crate::jinja::warehouse::{Fetch, Session};
use crate::sql::SqlEngine;

/// A session as what `sql` asks when it cannot read a text.
pub struct SessionEngine<'a>(
    /// The session; a statement of it that reads no relation is run.
    pub &'a dyn Session,
);

impl SessionEngine<'_> {
    fn text(&self, expression: &str) -> Result<String, String> {
        let done = self.0.execute(&format!("select {expression}"), Fetch::All).map_err(|cause| cause.message)?;
        let rows = done.rows.unwrap_or_default();
        rows.columns.first().and_then(|column| column.first()).map(to_str).ok_or_else(|| "no answer".to_string())
    }
}

impl SqlEngine for SessionEngine<'_> {
    fn serialize(&self, sql: &str) -> Result<serde_json::Value, String> {
        let text = self.text(&format!("json_serialize_sql({})", literal(sql)))?;
        serde_json::from_str(&text).map_err(|cause| cause.to_string())
    }

    fn canonical(&self, sql: &str) -> Result<String, String> {
        self.text(&format!("json_deserialize_sql(json_serialize_sql({}))", literal(sql)))
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
