//! Jinja in YAML files: the engine behind [`RenderString`].

use crate::diagnostic::{Diagnostic, Span};
use crate::jinja::runtime::{Phase, Scope};
use crate::jinja::value::to_json;
use crate::jinja::{Engine, MacroNamespace, Unit, parse_template};
use crate::project::render::{RenderString, RenderedScalar};
use crate::project::yaml::YamlValue;
use minijinja::Value;
use minijinja::value::ValueKind;
use serde_json::Value as Json;
use std::sync::Arc;

/// Renders strings to native values in a context without macros.
pub struct YamlRenderer {
    engine: Engine,
    scope: Arc<dyn Scope>,
    namespace: Arc<MacroNamespace>,
}

impl YamlRenderer {
    /// Strings see the names of `scope`.
    pub fn new(scope: Arc<dyn Scope>, namespace: Arc<MacroNamespace>) -> Self {
        YamlRenderer { engine: Engine::new(), scope, namespace }
    }
}

impl RenderString for YamlRenderer {
    fn render(&self, text: &str, span: &Span) -> Result<RenderedScalar, Diagnostic> {
        let placed = |mut diagnostic: Diagnostic| {
            // The offsets are those of the string; what the user sees is the file.
            diagnostic.primary = None;
            diagnostic.secondary.clear();
            diagnostic.at(span.clone())
        };
        let body = parse_template(&span.file, text).map_err(placed)?;
        let unit = Unit::native("yaml", &span.file, &body);
        let rendered = self.engine.render_native(Phase::Execute, &unit, &self.namespace, self.scope.clone());
        let value = rendered.map_err(|cause| placed(cause.into_diagnostic()))?.output;
        Ok(yaml_value(&value, span))
    }
}

fn yaml_value(value: &Value, span: &Span) -> YamlValue {
    match value.kind() {
        ValueKind::String => YamlValue::String(value.as_str().unwrap_or_default().into()),
        _ => from_json(&to_json(value).unwrap_or_else(|_| Json::String(crate::jinja::value::to_str(value))), span),
    }
}

fn from_json(json: &Json, span: &Span) -> YamlValue {
    use crate::project::yaml::{Yaml, YamlMap};
    let at = |json: &Json| Yaml::new(span.clone(), from_json(json, span));
    match json {
        Json::Null => YamlValue::Null,
        Json::Bool(value) => YamlValue::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => YamlValue::Int(number),
            None => YamlValue::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => YamlValue::String(text.as_str().into()),
        Json::Array(items) => YamlValue::Seq(Arc::new(items.iter().map(at).collect())),
        Json::Object(entries) => {
            let key = |name: &String| Yaml::new(span.clone(), YamlValue::String(name.as_str().into()));
            YamlValue::Map(Arc::new(YamlMap::new(entries.iter().map(|(name, value)| (key(name), at(value))))))
        }
    }
}
