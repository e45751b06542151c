//! Data tests in every form that dbt takes (`dbt/parser/generic_test_builders.py`).

use super::Context;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::project::fields::{Fields, Refused, Spanned, Text, Value};
use crate::project::yaml::{Yaml, YamlMap, YamlValue};
use std::sync::Arc;

/// Keys of a test that are configs even outside of `config:`, in dbt's order.
const CONFIG_KEYS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// One use of a generic test. Nothing in it is rendered.
#[derive(Debug, Clone)]
pub struct TestDefinition {
    /// The name without its package, such as `unique`.
    pub test_name: Arc<str>,
    /// The package before the name, such as `dbt_utils`.
    pub namespace: Option<Arc<str>>,
    /// The arguments, without `model`, and without the `column_name` that a column adds.
    pub arguments: YamlMap,
    /// The configs: those that once stood beside the arguments first, in dbt's order. Nulls are left out.
    pub config: YamlMap,
    /// `name`: a name of its own.
    pub name: Option<Yaml>,
    /// `description`
    pub description: Option<Yaml>,
    /// The whole entry.
    pub span: Span,
}

impl TestDefinition {
    /// Reads `data_tests` or `tests` of a model, column, source...; `owner` is the resource for messages.
    pub(crate) fn read_lists(context: Context<'_>, owner: &str, fields: Fields<'_>) -> Vec<Self> {
        Self::read_optional_lists(context, owner, fields).unwrap_or_default()
    }

    /// As [`TestDefinition::read_lists`]; `None` where neither key is there (or null).
    pub(crate) fn read_optional_lists(context: Context<'_>, owner: &str, fields: Fields<'_>) -> Option<Vec<Self>> {
        let (tests, data_tests) = (fields.map.entry("tests"), fields.map.get("data_tests"));
        if let (Some((key, tests)), Some(_)) = (tests, data_tests)
            && tests.is_truthy()
        {
            let message = "Invalid test config: cannot have both 'tests' and 'data_tests' defined";
            fields.value.about(key).wrong(message);
            return None;
        }
        let key = if tests.is_some_and(|(_, tests)| tests.is_truthy()) { "tests" } else { "data_tests" };
        fields.read(key, Refused, |value| Some(value.items(|item| Self::read(context, owner, item))))
    }

    fn read(context: Context<'_>, owner: &str, value: Value<'_>) -> Option<Self> {
        let definition = Definition { context, owner, value };
        let (name, arguments) = match &value.yaml.value {
            YamlValue::String(name) => (Spanned::new(name.clone(), value.yaml.span.clone()), None),
            YamlValue::Map(map) => definition.split(map)?,
            _ => {
                value.no_schema();
                return None;
            }
        };
        definition.finish(&name, arguments.unwrap_or_default())
    }
}

struct Definition<'a> {
    context: Context<'a>,
    owner: &'a str,
    value: Value<'a>,
}

type Entries = Vec<(Yaml, Yaml)>;

impl Definition<'_> {
    fn wrong(&self, message: String) -> Option<()> {
        let error = Diagnostic::error(ErrorCode::InvalidTestDefinition, self.located(&message));
        self.value.push(error.at(self.value.yaml.span.clone()));
        None
    }

    fn located(&self, message: &str) -> String {
        format!("Invalid test config given in {}:\n{message}", self.context.file)
    }

    /// Name and arguments: either `test_name:` among the arguments, or one key whose value are the arguments.
    fn split(&self, map: &YamlMap) -> Option<(Text, Option<Entries>)> {
        let (name, arguments) = if let Some(name) = map.get("test_name") {
            let rest = map.iter().filter(|(key, _)| key.as_str() != Some("test_name"));
            (name, rest.cloned().collect())
        } else {
            let Some((name, arguments)) = map.iter().next().filter(|_| map.len() == 1) else {
                let pairs = map.iter().map(|(key, value)| format!("({}, {})", key.to_python(), value.to_python()));
                let pairs = pairs.collect::<Vec<_>>().join(", ");
                let count = map.len();
                let message = "test definition dictionary must have exactly one key, got";
                self.wrong(format!("{message} [{pairs}] instead ({count} keys)"))?;
                return None;
            };
            let Some(entries) = arguments.as_map() else {
                let (kind, shown) = (python_type(arguments), arguments.to_python_str());
                self.wrong(format!("test arguments must be a dict, got <class '{kind}'> (value {shown})"))?;
                return None;
            };
            (name, entries.iter().cloned().collect())
        };
        let YamlValue::String(text) = &name.value else {
            let (kind, shown) = (python_type(name), name.to_python_str());
            self.wrong(format!("test name must be a str, got <class '{kind}'> (value {shown})"))?;
            return None;
        };
        Some((Spanned::new(text.clone(), name.span.clone()), Some(arguments)))
    }

    fn finish(&self, name: &Text, entries: Entries) -> Option<TestDefinition> {
        let Some((namespace, test_name)) = split_name(name.as_str()) else {
            self.wrong(format!("Test name string did not match expected pattern: {}", name.as_str()))?;
            return None;
        };
        let mut entries = self.merge_arguments(name, entries);
        if entries.iter().any(|(key, _)| key.as_str() == Some("model")) {
            self.wrong("Test arguments include \"model\", which is a reserved argument".to_owned())?;
        }
        let config = self.take_config(&mut entries)?;
        let mut take = |key| take(&mut entries, key);
        let (description, own_name) = (take("description"), take("name"));
        Some(TestDefinition {
            test_name: Arc::from(test_name),
            namespace: namespace.map(Arc::from),
            config,
            name: own_name,
            description,
            arguments: YamlMap::new(entries),
            span: self.value.yaml.span.clone(),
        })
    }

    /// Takes what stands below `arguments:` up to the other keys, and warns about what dbt calls deprecated.
    fn merge_arguments(&self, name: &Text, mut entries: Entries) -> Entries {
        if !self.context.options.test_arguments {
            if let Some((_, arguments)) = entries.iter().find(|(key, _)| key.as_str() == Some("arguments")) {
                let message = format!(
                    "Found `arguments` property in test definition of `{}` ({}) without usage of \
                     `require_generic_test_arguments_property` behavior change flag. The `arguments` property is deprecated \
                     for custom usage and will be used to nest keyword arguments in future versions of dbt.",
                    name.as_str(),
                    arguments.to_python()
                );
                self.deprecated(message, arguments.span.clone());
            }
            return entries;
        }
        let arguments = take(&mut entries, "arguments");
        for (key, _) in entries.iter().filter(|(key, _)| key.as_str().is_some_and(|key| CONFIG_KEYS.contains(&key))) {
            self.moved_to_config(name, key);
        }
        let is_plain = |key: &str| matches!(key, "config" | "column_name" | "description" | "name");
        let is_argument = |key: &str| !is_plain(key) && !CONFIG_KEYS.contains(&key);
        let first = entries.iter().find(|(key, _)| key.as_str().is_some_and(is_argument));
        if let (Some((key, _)), false) = (first, arguments.as_ref().is_some_and(Yaml::is_truthy)) {
            let message = format!(
                "Found top-level arguments to test `{}` defined on '{}' in package '{}' ({}). Arguments to generic tests \
                 should be nested under the `arguments` property.",
                name.as_str(),
                self.owner,
                self.context.options.package,
                self.context.file
            );
            self.deprecated(message, key.span.clone());
        }
        match arguments {
            Some(Yaml { value: YamlValue::Map(arguments), .. }) => {
                let merged = YamlMap::new(entries.into_iter().chain(arguments.iter().cloned()));
                merged.iter().cloned().collect()
            }
            // dbt drops them without a word.
            Some(arguments) if arguments.is_truthy() => {
                let message = self.located("`arguments` of a test is no dictionary, and is ignored");
                let warning = Diagnostic::warning(ErrorCode::InvalidTestDefinition, message);
                self.value.push(warning.at(arguments.span.clone()));
                entries
            }
            _ => entries,
        }
    }

    fn moved_to_config(&self, name: &Text, key: &Yaml) {
        let (test, shown, file) = (name.as_str(), key.to_python_str(), self.context.file);
        let path = format!("data_tests.{test}.{shown}");
        let message = format!(
            "Found `{shown}` as a top-level property of `{path}` in file `{file}`. The `{shown}` top-level property should \
             be moved into the `config` of `{path}`."
        );
        self.deprecated(message, key.span.clone());
    }

    fn deprecated(&self, message: String, span: Span) {
        let warning = Diagnostic::warning(ErrorCode::DeprecatedProperty, message).at(span);
        self.value.push(warning);
    }

    fn take_config(&self, entries: &mut Entries) -> Option<YamlMap> {
        let own = take(entries, "config");
        let own_map = match own.as_ref().map(|own| (&own.value, own.span.clone())) {
            None => None,
            Some((YamlValue::Map(map), _)) => Some(map.clone()),
            Some((YamlValue::Null, _)) => None,
            Some((_, span)) => {
                let message = self.located("`config` of a test is no dictionary");
                self.value.push(Diagnostic::error(ErrorCode::InvalidTestDefinition, message).at(span));
                return None;
            }
        };
        let inner = |key: &str| own_map.as_ref().and_then(|map| map.entry(key));
        let mut config = Vec::new();
        for key in CONFIG_KEYS {
            let outer = take_entry(entries, key);
            match (outer.filter(|(_, value)| value.is_truthy()), inner(key)) {
                (Some(_), Some(_)) => {
                    self.wrong("Test cannot have the same key at the top-level and in config".to_owned())?;
                }
                (Some(outer), None) => config.push(outer),
                (None, Some(inner)) => config.push(inner.clone()),
                (None, None) => {}
            }
        }
        let rest = own_map.iter().flat_map(|map| map.iter());
        let rest = rest.filter(|(key, _)| key.as_str().is_none_or(|key| !CONFIG_KEYS.contains(&key)));
        config.extend(rest.cloned());
        Some(YamlMap::new(config.into_iter().filter(|(_, value)| !value.is_null())))
    }
}

fn take_entry(entries: &mut Entries, key: &str) -> Option<(Yaml, Yaml)> {
    let at = entries.iter().position(|(known, _)| known.as_str() == Some(key))?;
    Some(entries.remove(at))
}

fn take(entries: &mut Entries, key: &str) -> Option<Yaml> {
    take_entry(entries, key).map(|(_, value)| value)
}

/// Package and name. As in dbt only the beginning has to fit.
fn split_name(text: &str) -> Option<(Option<&str>, &str)> {
    let first = identifier(text)?;
    let second = text[first.len()..].strip_prefix('.').and_then(identifier);
    Some(second.map_or((None, first), |second| (Some(first), second)))
}

fn identifier(text: &str) -> Option<&str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
    (end > 0 && !text.starts_with(|first: char| first.is_ascii_digit())).then_some(&text[..end])
}

fn python_type(yaml: &Yaml) -> &'static str {
    match &yaml.value {
        YamlValue::Null => "NoneType",
        YamlValue::Bool(_) => "bool",
        YamlValue::Int(_) | YamlValue::BigInt(_) => "int",
        YamlValue::Float(_) => "float",
        YamlValue::Date(_) => "datetime.date",
        YamlValue::DateTime(_) => "datetime.datetime",
        YamlValue::String(_) => "str",
        YamlValue::Seq(_) => "list",
        YamlValue::Map(_) => "dict",
    }
}
