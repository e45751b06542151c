//! Renders the cases of `tests/differential/jinja` with a mock context: `jinja_cases CASES RESULTS`.

use meshbuild::jinja::runtime::{namespace_of, return_value};
use meshbuild::jinja::value::error::{Outcome, error};
use meshbuild::jinja::value::{self, split_kwargs, to_str};
use meshbuild::jinja::{
    BlockFile, Engine, InternalMacros, MacroDefinition, MacroLibrary, MacroNamespace, Phase, Scope, Unit, parse_blocks,
    parse_template,
};
use minijinja::value::{Object, ObjectRepr};
use minijinja::{State, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

#[derive(Deserialize)]
struct Input {
    mocks: BTreeMap<String, Json>,
    packages: Vec<Package>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    internal: bool,
    files: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    #[serde(default)]
    macros: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, Json>,
    #[serde(default)]
    parse: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum CaseResult {
    Output(String),
    Error(String),
}

#[derive(Serialize, Default)]
struct Results {
    results: Vec<CaseResult>,
    problems: Vec<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, cases, results] = arguments.as_slice() else { return Err("usage: jinja_cases CASES RESULTS".into()) };
    let input: Input = serde_json::from_str(&std::fs::read_to_string(cases)?)?;
    let mut output = Results::default();
    let library = library(&input.packages, &mut output.problems);
    let shared = library.namespace("root");
    let mocks = Arc::new(input.mocks);
    for case in &input.cases {
        let namespace = case.macros.as_ref().map_or_else(|| Ok(shared.clone()), |macros| own_namespace(macros));
        output.results.push(match namespace.and_then(|namespace| render(case, &mocks, &namespace)) {
            Ok(text) => CaseResult::Output(text),
            Err(text) => CaseResult::Error(text),
        });
    }
    std::fs::write(results, serde_json::to_string(&output)?)?;
    Ok(())
}

fn definitions(package: &str, text: &str) -> Result<Vec<Arc<MacroDefinition>>, String> {
    let path: Arc<str> = "macros/m.sql".into();
    let blocks = parse_blocks(&path, text, BlockFile::Macros).map_err(|problem| problem.message)?;
    let (package, text) = (package.into(), text.into());
    Ok(blocks.into_iter().map(|block| MacroDefinition::new(&package, &path, &path, &text, block)).collect())
}

fn library(packages: &[Package], problems: &mut Vec<String>) -> MacroLibrary {
    let (mut internal, mut others) = (Vec::new(), Vec::new());
    for package in packages {
        for file in &package.files {
            match definitions(&package.name, file) {
                Ok(found) => (if package.internal { &mut internal } else { &mut others }).extend(found),
                Err(problem) => problems.push(format!("{}: {problem}", package.name)),
            }
        }
    }
    for definition in internal.iter().chain(&others) {
        if let Err(problem) = Engine::new().check(definition.unit()) {
            problems.push(format!("{}: {problem}", definition.unique_id));
        }
    }
    let order: Vec<&str> = packages.iter().filter(|package| package.internal).map(|package| &*package.name).collect();
    let mut library = match InternalMacros::new(&order, internal) {
        Ok(internal) => MacroLibrary::new("root", internal),
        Err(problem) => {
            problems.push(problem.message);
            MacroLibrary::new("root", InternalMacros::new(&[], []).expect("nothing cannot be there twice"))
        }
    };
    for definition in others {
        if let Err(problem) = library.add(definition) {
            problems.push(problem.message);
        }
    }
    library
}

fn own_namespace(macros: &str) -> Result<Arc<MacroNamespace>, String> {
    let internal = InternalMacros::new(&["dbt"], []).map_err(|problem| problem.message)?;
    let mut library = MacroLibrary::new("root", internal);
    for definition in definitions("root", macros)? {
        library.add(definition).map_err(|problem| problem.message)?;
    }
    Ok(library.namespace("root"))
}

fn render(case: &Case, mocks: &Arc<BTreeMap<String, Json>>, namespace: &Arc<MacroNamespace>) -> Result<String, String> {
    let file: Arc<str> = "models/model.sql".into();
    let body = parse_template(&file, &case.text).map_err(|problem| problem.message)?;
    let unit = Unit::template("model", &file, &body);
    let phase = if case.parse { Phase::Parse } else { Phase::Execute };
    let variables = case.variables.iter().map(|(name, json)| (name.clone(), value::from_json(json))).collect();
    let scope = MockScope { mocks: mocks.clone(), variables };
    Engine::new()
        .render(phase, &unit, namespace, Arc::new(scope))
        .map(|rendered| rendered.output)
        .map_err(|e| e.message)
}

/// What `mock_context.json` describes.
struct MockScope {
    mocks: Arc<BTreeMap<String, Json>>,
    variables: HashMap<String, Value>,
}

impl Scope for MockScope {
    fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(found) = self.variables.get(name) {
            return Some(found.clone());
        }
        match name {
            "builtins" => {
                let found = ["ref", "source", "config"].map(|name| (Value::from(name), build(&self.mocks[name])));
                Some(value::dict(found.into_iter().collect()))
            }
            "modules" => Some(modules()),
            _ => self.mocks.get(name).map(build),
        }
    }

    fn names(&self) -> Vec<String> {
        let own = ["builtins", "modules"].map(String::from).into_iter();
        own.chain(self.mocks.keys().cloned()).chain(self.variables.keys().cloned()).collect()
    }
}

fn modules() -> Value {
    let chain = function("chain", |_, arguments| {
        let mut items = Vec::new();
        for argument in arguments {
            items.extend(value::iterate(argument)?);
        }
        Ok(value::list(items))
    });
    let itertools = mock("<module 'itertools'>", [("chain".to_string(), chain)].into());
    mock("<modules>", [("itertools".to_string(), itertools)].into())
}

/// The value that a part of the file stands for.
fn build(spec: &Json) -> Value {
    let Json::Object(fields) = spec else {
        return match spec {
            Json::Array(items) => value::list(items.iter().map(build).collect()),
            other => value::from_json(other),
        };
    };
    if let Some(identifier) = fields.get("$relation").and_then(Json::as_str) {
        return relation(identifier);
    }
    if let Some([name, data_type]) = fields.get("$column").and_then(Json::as_array).map(Vec::as_slice) {
        return column(name.as_str().unwrap_or_default(), data_type.as_str().unwrap_or_default());
    }
    if let Some(result) = fields.get("$returns") {
        return returning(result);
    }
    if let Some(name) = fields.get("$builtin").and_then(Json::as_str) {
        return builtin(name);
    }
    if let Some(object) = fields.get("$object") {
        return build_object(object);
    }
    value::dict(fields.iter().map(|(name, field)| (Value::from(name.as_str()), build(field))).collect())
}

fn build_object(object: &Json) -> Value {
    let entries = |name: &str| object.get(name).and_then(Json::as_object).into_iter().flatten();
    let is_function = |spec: &Json| spec.get("$builtin").is_some() || spec.get("$returns").is_some();
    let fields = entries("fields").map(|(name, spec)| (name.clone(), build(spec)));
    let methods = entries("methods").map(|(name, spec)| {
        let method = if is_function(spec) { build(spec) } else { returning(spec) };
        (name.clone(), method)
    });
    let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default().to_string();
    Value::from_object(Mock {
        text: text("text"),
        members: fields.chain(methods).collect(),
        call: object.get("call").map(build),
    })
}

fn returning(spec: &Json) -> Value {
    let spec = spec.clone();
    function("returns", move |_, _| Ok(build(&spec)))
}

/// A mock object with members, see `Mock` of `python_side.py`.
struct Mock {
    text: String,
    members: HashMap<String, Value>,
    call: Option<Value>,
}

fn mock(text: &str, members: HashMap<String, Value>) -> Value {
    Value::from_object(Mock { text: text.into(), members, call: None })
}

impl Mock {
    fn no_attribute(&self, name: &str) -> String {
        format!("'__main__.Mock object' has no attribute '{name}'")
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Object for Mock {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        Some(self.members.get(name).cloned().unwrap_or_else(|| value::undefined(self.no_attribute(name))))
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Outcome {
        self.call.clone().ok_or_else(|| error("'Mock' object is not callable"))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Outcome {
        match self.members.get(name) {
            Some(found) => found.call(state, arguments),
            None => value::undefined(self.no_attribute(name)).call(state, arguments),
        }
    }
}

type Body = Box<dyn Fn(&State<'_, '_>, &[Value]) -> Outcome + Send + Sync>;

struct Function(&'static str, Body);

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.0)
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(value::undefined(format!("'function object' has no attribute '{key}'")))
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Outcome {
        (self.1)(state, arguments)
    }
}

fn function(name: &'static str, body: impl Fn(&State<'_, '_>, &[Value]) -> Outcome + Send + Sync + 'static) -> Value {
    Value::from_object(Function(name, Box::new(body)))
}

fn relation(identifier: &str) -> Value {
    let text = format!("\"db\".\"main\".\"{identifier}\"");
    let path = [("database", "db"), ("schema", "main"), ("identifier", identifier)];
    let path_value = value::dict(path.iter().map(|(name, field)| (Value::from(*name), Value::from(*field))).collect());
    let mut members: HashMap<String, Value> =
        path.iter().map(|(name, field)| (name.to_string(), Value::from(*field))).collect();
    let fields =
        [("name", Value::from(identifier)), ("table", Value::from(identifier)), ("type", Value::from("table"))];
    let flags = [("is_table", true), ("is_view", false), ("is_cte", false)];
    members.extend(fields.into_iter().map(|(name, field)| (name.to_string(), field)));
    members.extend(flags.into_iter().map(|(name, flag)| (name.to_string(), Value::from(flag))));
    members.insert("path".into(), path_value);
    let known = members.clone();
    let get = function("get", move |_, arguments| {
        let found = arguments.first().and_then(|name| name.as_str()).and_then(|name| known.get(name)).cloned();
        Ok(found.or_else(|| arguments.get(1).cloned()).unwrap_or(Value::from(())))
    });
    members.insert("get".into(), get);
    for name in ["include", "incorporate", "quote", "replace_path", "without_identifier"] {
        let identifier = identifier.to_string();
        members.insert(name.into(), function("same", move |_, _| Ok(relation(&identifier))));
    }
    let rendered = Value::from(text.as_str());
    members.insert("render".into(), function("render", move |_, _| Ok(rendered.clone())));
    mock(&text, members)
}

fn column(name: &str, data_type: &str) -> Value {
    let quoted = format!("\"{name}\"");
    let fields = [
        ("name", Value::from(name)),
        ("column", Value::from(name)),
        ("quoted", Value::from(quoted)),
        ("dtype", Value::from(data_type)),
        ("data_type", Value::from(data_type)),
        ("char_size", Value::from(())),
    ];
    let mut members: HashMap<String, Value> =
        fields.into_iter().map(|(name, field)| (name.to_string(), field)).collect();
    for kind in ["is_string", "is_number", "is_integer"] {
        let result = data_type == &kind[3..];
        members.insert(kind.into(), function("is", move |_, _| Ok(Value::from(result))));
    }
    mock(&format!("<Column {name} ({data_type})>"), members)
}

fn builtin(name: &str) -> Value {
    match name {
        "return" => {
            function("return", |_, arguments| Err(return_value(arguments.first().cloned().unwrap_or(Value::from(())))))
        }
        "raise" => function("raise", |_, arguments| {
            let given = split_kwargs(arguments);
            let message = given.positional().first().cloned().or_else(|| given.keyword("message"));
            Err(error(message.map(|message| to_str(&message)).unwrap_or_default()))
        }),
        "relation_of_last_argument" => {
            function("ref", |_, arguments| match split_kwargs(arguments).positional().last() {
                Some(name) => Ok(relation(&to_str(name))),
                None => Err(error("tuple index out of range")),
            })
        }
        "second_argument" => function("get", |_, arguments| {
            let given = split_kwargs(arguments);
            let default = given.positional().get(1).cloned().or_else(|| given.keyword("default"));
            Ok(default.unwrap_or(Value::from(())))
        }),
        "set" => function("set", |_, arguments| {
            let [first, rest @ ..] = arguments else { return Err(error("set() misses its argument")) };
            match value::iterate(first) {
                Ok(items) => Ok(value::set(items.into_iter().collect())),
                Err(_) => Ok(rest.first().cloned().unwrap_or(Value::from(()))),
            }
        }),
        "zip" => function("zip", |_, arguments| zip(split_kwargs(arguments).positional())),
        "tojson" => function("tojson", |_, arguments| {
            let given = split_kwargs(arguments);
            let [first, ..] = given.positional() else { return Err(error("tojson() misses its argument")) };
            let sorted = given.keyword("sort_keys").is_some_and(|sorted| sorted.is_true());
            match value::to_json(first) {
                Ok(json) => Ok(Value::from(python_json(&json, sorted))),
                Err(_) => Ok(given.keyword("default").unwrap_or(Value::from(()))),
            }
        }),
        "fromjson" => function("fromjson", |_, arguments| {
            let given = split_kwargs(arguments);
            let parsed = given.positional().first().and_then(|text| serde_json::from_str::<Json>(text.as_str()?).ok());
            let default = || given.positional().get(1).cloned().unwrap_or(Value::from(()));
            Ok(parsed.map_or_else(default, |json| value::from_json(&json)))
        }),
        "quote" => function("quote", |_, arguments| match arguments.first() {
            Some(name) => Ok(Value::from(format!("\"{}\"", to_str(name)))),
            None => Err(error("quote() misses its argument")),
        }),
        "upper" => function("upper", |_, arguments| match arguments {
            [name] => Ok(Value::from(to_str(name).to_uppercase())),
            _ => Err(error("upper() takes one argument")),
        }),
        "dispatch" => function("dispatch", dispatch),
        other => panic!("no builtin {other}"),
    }
}

fn dispatch(state: &State<'_, '_>, arguments: &[Value]) -> Outcome {
    let given = split_kwargs(arguments);
    let argument = |index: usize, name: &str| given.positional().get(index).cloned().or_else(|| given.keyword(name));
    let Some(macro_name) = argument(0, "macro_name") else { return Err(error("dispatch() misses its argument")) };
    let macro_name = to_str(&macro_name);
    let package = argument(1, "macro_namespace").and_then(|package| package.as_str().map(str::to_string));
    let namespace = namespace_of(state).ok_or_else(|| error("no namespace"))?;
    for prefix in ["duckdb__", "default__"] {
        let name = format!("{prefix}{macro_name}");
        let of_package = package.as_deref().filter(|package| *package != "dbt");
        let found = of_package.and_then(|package| namespace.get_from_package(Some(package), &name).ok().flatten());
        let found = found.or_else(|| namespace.get_from_package(None, &name).ok().flatten());
        if let Some(definition) = found {
            return Ok(definition.value());
        }
    }
    Err(error(format!("In dispatch: No macro named '{macro_name}' found")))
}

fn zip(columns: &[Value]) -> Outcome {
    let columns = columns.iter().map(value::iterate).collect::<Result<Vec<_>, _>>()?;
    let length = columns.iter().map(Vec::len).min().unwrap_or(0);
    let row = |index: usize| value::tuple(columns.iter().map(|column| column[index].clone()).collect());
    Ok(value::list((0..length).map(row).collect()))
}

/// `json.dumps` of Python.
fn python_json(json: &Json, sorted: bool) -> String {
    let text = |json: &Json| {
        let escape = |character: char| {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect::<String>()
        };
        let plain = json.to_string();
        plain.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect::<String>()
    };
    match json {
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| python_json(item, sorted)).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(fields) => {
            let mut fields: Vec<(&String, &Json)> = fields.iter().collect();
            if sorted {
                fields.sort_by_key(|(name, _)| *name);
            }
            let field = |(name, field): (&String, &Json)| {
                format!("{}: {}", text(&Json::from(name.as_str())), python_json(field, sorted))
            };
            format!("{{{}}}", fields.into_iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => text(other),
    }
}
