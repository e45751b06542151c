//! Methods of `adapter` about files outside of the database.

use super::Call;
use crate::jinja::value::{Outcome, PyDict, to_str};
use crate::jinja::warehouse::Fetch;
use minijinja::value::Value;

fn text(value: Option<Value>) -> String {
    super::super::names::text(value).unwrap_or_default()
}

pub(super) fn external_root(call: &mut Call<'_, '_, '_>) -> Outcome {
    let root = call.scope.domain.target.fields.get("external_root").and_then(serde_json::Value::as_str);
    Ok(Value::from(root.unwrap_or(".")))
}

pub(super) fn location_exists(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [location] = call.bind(["location"], 1)?;
    let sql = format!("select 1 from '{}' where 1=0", text(location));
    Ok(Value::from(call.scope.session()?.execute(&sql, Fetch::Nothing).is_ok()))
}

fn options(value: Option<Value>) -> Vec<(String, Value)> {
    let given = value.and_then(|value| value.downcast_object::<PyDict>());
    given
        .map_or_else(Vec::new, |dict| dict.snapshot().into_iter().map(|(name, value)| (to_str(&name), value)).collect())
}

/// Options of `COPY ... TO`, with the format and what goes with it read off the name of the file.
pub(super) fn write_options(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [location, given] = call.bind(["write_location", "rendered_options"], 2)?;
    let mut options = options(given.clone());
    let has = |options: &[(String, Value)], name: &str| options.iter().any(|(known, _)| known == name);
    if !has(&options, "format") {
        let location = text(location);
        let extension = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or_default();
            name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension.to_lowercase())
        };
        let compression = match extension(&location).as_deref() {
            Some("gz") => Some("gzip"),
            Some("zst") => Some("zstd"),
            _ => None,
        };
        let inner = match compression {
            Some(_) => location.rsplit_once('.').and_then(|(path, _)| extension(path)),
            None => extension(&location),
        };
        let format = match inner {
            Some(format) => format,
            None if has(&options, "delimiter") => "csv".to_string(),
            None => "parquet".to_string(),
        };
        if let Some(compression) = compression.filter(|_| !has(&options, "compression")) {
            options.push(("compression".to_string(), Value::from(compression)));
        }
        options.push(("format".to_string(), Value::from(format)));
    }
    let is_csv = options.iter().any(|(name, value)| name == "format" && to_str(value) == "csv");
    if is_csv && !has(&options, "header") {
        options.push(("header".to_string(), Value::from(1)));
    }
    // The reader of what is written needs the format and the compression that were found.
    if let Some(dict) = given.as_ref().and_then(|given| given.downcast_object_ref::<PyDict>()) {
        for (name, value) in &options {
            dict.insert(Value::from(name.as_str()), value.clone());
        }
    }
    let written: Vec<String> = options
        .iter()
        .map(|(name, value)| {
            let value = to_str(value);
            let quoted = ["delimiter", "quote", "escape", "null"].contains(&name.to_lowercase().as_str());
            match name.as_str() {
                _ if quoted && !value.starts_with('\'') => format!("{name} '{value}'"),
                "partition_by" if value.contains(',') && !value.starts_with('(') => format!("{name} ({value})"),
                _ => format!("{name} {value}"),
            }
        })
        .collect();
    Ok(Value::from(written.join(", ")))
}

/// Where what was written can be read: a pattern when it was written as several files.
pub(super) fn read_location(call: &mut Call<'_, '_, '_>) -> Outcome {
    let [location, given] = call.bind(["write_location", "rendered_options"], 2)?;
    let options = options(given);
    let get = |name: &str| {
        options.iter().find(|(known, value)| known == name && value.is_true()).map(|(_, value)| to_str(value))
    };
    let location = text(location);
    let partitions = get("partition_by");
    if partitions.is_none() && get("per_thread_output").is_none() {
        return Ok(Value::from(location));
    }
    let depth = 1 + partitions.map_or(0, |columns| columns.split(',').count());
    let format = get("format").unwrap_or_else(|| "parquet".to_string());
    Ok(Value::from(format!("{location}{}.{format}", "/*".repeat(depth))))
}
