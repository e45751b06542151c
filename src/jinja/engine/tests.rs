use super::*;
use crate::jinja::runtime::{self, EmptyScope, return_value};
use crate::jinja::{BlockFile, InternalMacros, MacroLibrary, parse_blocks, parse_template};
use std::any::Any;

/// `return`, `fail` with a message, and what a test adds.
struct TestScope(HashMap<String, Value>);

impl Scope for TestScope {
    fn lookup(&self, name: &str) -> Option<Value> {
        match name {
            "return" => Some(Value::from_function(|value: Value| -> Result<Value, Error> { Err(return_value(value)) })),
            "fail" => Some(Value::from_function(|message: String| -> Result<Value, Error> {
                Err(value::error::error(message))
            })),
            "stack" => Some(Value::from_function(|state: &minijinja::State<'_, '_>| -> String {
                let names: Vec<String> =
                    runtime::macro_stack(state).iter().map(|found| found.name.to_string()).collect();
                names.join(">")
            })),
            "call_it" => {
                Some(Value::from_function(|state: &minijinja::State<'_, '_>, name: String| -> Result<Value, Error> {
                    let namespace = runtime::namespace_of(state).ok_or_else(|| value::error::error("no namespace"))?;
                    let found =
                        namespace.get_from_package(None, &name).map_err(|e| value::error::error(e.to_string()))?;
                    let found = found.ok_or_else(|| value::error::error("no macro"))?;
                    runtime::call_macro(state, &found, &[Value::from("called")])
                }))
            }
            _ => self.0.get(name).cloned(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

fn definitions(package: &str, text: &str) -> Vec<Arc<MacroDefinition>> {
    let file: Arc<str> = format!("{package}/macros/m.sql").into();
    let blocks = parse_blocks(&file, text, BlockFile::Macros).unwrap();
    let (package, path, text) = (package.into(), "macros/m.sql".into(), text.into());
    blocks.into_iter().map(|block| MacroDefinition::new(&package, &path, &file, &text, block)).collect()
}

fn namespace(packages: &[(&str, &str)]) -> Arc<MacroNamespace> {
    let mut library = MacroLibrary::new("shop", InternalMacros::new(&["dbt"], []).unwrap());
    for (package, text) in packages {
        definitions(package, text).into_iter().for_each(|definition| library.add(definition).unwrap());
    }
    library.namespace("shop")
}

fn render(phase: Phase, macros: &str, text: &str) -> Result<Rendered, RenderError> {
    let file: Arc<str> = "models/x.sql".into();
    let unit = Unit::template("x", &file, &parse_template(&file, text).unwrap());
    let scope = TestScope(HashMap::from([("one".to_string(), Value::from(1))]));
    Engine::new().render(phase, &unit, &namespace(&[("shop", macros)]), Arc::new(scope))
}

/// The output, or dbt's text of the error.
fn output(macros: &str, text: &str) -> String {
    match render(Phase::Execute, macros, text) {
        Ok(rendered) => rendered.output,
        Err(error) => error.dbt_text("model x (models/x.sql)"),
    }
}

const MACROS: &str = "
{% macro text(a, b='x', c=none) -%} [{{ a }}|{{ b }}|{{ c }}] {%- endmacro %}
{% macro list() %}{{ return([1, 2]) }}ignored{% endmacro %}
{% macro late(a, b=a, c=[a]) %}{{ a }}{{ b }}{{ c }}{% endmacro %}
{% macro rest() %}{{ varargs }}{{ kwargs }}{% endmacro %}
{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}
{% macro each(items) %}{% for x in items %}{{ caller(x, loop.index) }};{% endfor %}{% endmacro %}
{% macro factorial(n) %}{% if n <= 1 %}{{ return(1) }}{% endif %}{{ return(n * factorial(n - 1)) }}{% endmacro %}
{% macro append(l) %}{% do l.append('m') %}{% endmacro %}
{% macro forever() %}{{ forever() }}{% endmacro %}
{% macro relay(a) %}{% call wrap('r') %}{{ caller() }}{{ a }}{% endcall %}{% endmacro %}
{% macro leave() %}{% call wrap('z') %}{{ return('from call') }}{% endcall %}after{% endmacro %}
{% macro stacked() %}{{ stack() }}{% call wrap('s') %}{{ stack() }}{% endcall %}{% endmacro %}
{% macro outer() %}{{ inner() }}{% endmacro %}
{% macro inner() %}
  {{ fail('boom') }}{% endmacro %}
{% macro uses(name) %}{{ name.attribute }}{% endmacro %}
";

#[test]
fn macros_are_called_as_in_jinja2() {
    let cases = [
        ("{{ text(1) }}{{ text(1, 2) }}{{ text(1, c=3) }}{{ text(a=1) }}", "[1|x|None][1|2|None][1|x|3][1|x|None]"),
        ("{{ text() }}", "[|x|None]"),
        ("{{ list() }}{{ list()[1] }}", "[1, 2]2"),
        ("{{ late(1) }}{{ late(1, 2) }}", "11[1]12[1]"),
        ("{{ rest(1, 2, k=3) }}{{ rest() }}", "(1, 2){'k': 3}(){}"),
        ("{% call wrap('b') %}hi {{ one }}{% endcall %}", "<b>hi 1</b>"),
        ("{% call(x, i) each([5, 6]) %}{{ x }}-{{ i }}{% endcall %}", "5-1;6-2;"),
        ("{{ factorial(10) }}", "3628800"),
        ("{% set l = [] %}{% do append(l) %}{{ append(l) }}{{ l }}", "['m', 'm']"),
        ("{{ leave() }}", "from callafter"),
        (
            "{% set f = text %}{{ f(1) }}{% set d = {'k': text} %}{{ d['k'](2) }}{{ d.k(3) }}",
            "[1|x|None][2|x|None][3|x|None]",
        ),
        ("{{ shop.text(1) }}{{ context['text'](2) }}{{ context.text(3) }}", "[1|x|None][2|x|None][3|x|None]"),
        ("{{ 'text' in shop }}{{ shop.get('nothing') }}{{ context.get('one') }}", "TrueNone1"),
        ("{{ text(*[1, 2], **{'c': 3}) }}", "[1|2|3]"),
        ("{% macro local(a) %}L{{ a }}{{ one }}{% endmacro %}{{ dbt_macro__local(2) }}", "L21"),
        ("{{ stacked() }}|{{ stack() }}", "stacked<s>stacked>wrap</s>|"),
        ("{{ call_it('text') }}", "[called|x|None]"),
        ("{{ text.macro.unique_id }} {{ text.macro.package_name }}", "macro.shop.text shop"),
        ("{% set y = 5 %}{% call wrap('v') %}{{ y }}{% set y = 6 %}{{ y }}{% endcall %}{{ y }}", "<v>56</v>5"),
    ];
    for (text, expected) in cases {
        assert_eq!(output(MACROS, text), expected, "{text}");
    }
}

#[test]
fn errors_read_like_dbts() {
    let head = "Compilation Error in model x (models/x.sql)\n  ";
    let cases = [
        ("{{ text(1, 2, 3, 4) }}", "macro 'dbt_macro__text' takes not more than 3 argument(s)\n  \n  > in macro text"),
        ("{{ text(1, z=2) }}", "macro 'dbt_macro__text' takes no keyword argument 'z'"),
        (
            "{% call text(1) %}{% endcall %}",
            "macro 'dbt_macro__text' was invoked with two values for the special caller",
        ),
        ("{{ wrap('a') }}", "No caller defined"),
        ("{% call relay('A') %}body{% endcall %}", "No caller defined"),
        ("{{ forever() }}", "maximum recursion depth exceeded"),
        ("{{ nothing(1) }}", "'nothing' is undefined. This can happen when calling a macro that does not exist. Check"),
        ("{{ shop.nothing(1) }}", "'dict object' has no attribute 'nothing'. This can"),
        ("{{ uses(nothing) }}", "'nothing' is undefined\n  \n  > in macro uses (macros/m.sql)\n  > called by model x"),
        ("{{ return('x') }}", "x"),
        (
            "{{ outer() }}",
            "boom\n  \n  > in macro inner (macros/m.sql)\n  > called by macro outer (macros/m.sql)\n  > called by model x \
             (models/x.sql)",
        ),
    ];
    for (text, expected) in cases {
        let found = output(MACROS, text);
        assert!(found.starts_with(&format!("{head}{expected}")), "{text}: {found}");
    }
}

#[test]
fn errors_know_their_places() {
    let text = "select 1,\n  {{ outer() }}";
    let error = render(Phase::Execute, MACROS, text).unwrap_err();
    let span = error.span.clone().unwrap();
    assert_eq!((&*span.file, &MACROS[span.range()]), ("shop/macros/m.sql", "fail('boom')"));
    assert_eq!(&text[error.template_span.clone().unwrap().range()], "outer()");
    assert_eq!(&MACROS[error.macro_stack[1].span.clone().unwrap().range()], "inner()");
    let diagnostic = error.into_diagnostic();
    assert_eq!(diagnostic.message, "boom\n> in macro inner (macros/m.sql)\n> called by macro outer (macros/m.sql)");
    assert_eq!(diagnostic.secondary.len(), 2);
}

#[test]
fn diagnostics_of_context_functions_come_through() {
    use crate::diagnostic::{Diagnostic, ErrorCode};
    let failing = Value::from_function(|| -> Result<Value, Error> {
        let diagnostic = Diagnostic::error(ErrorCode::NoProject, "no such thing").hint("do it");
        Err(value::error::error("no such thing").with_source(diagnostic))
    });
    let file: Arc<str> = "models/x.sql".into();
    let unit = Unit::template("x", &file, &parse_template(&file, "{{ failing() }}").unwrap());
    let scope = TestScope(HashMap::from([("failing".to_string(), failing)]));
    let error = Engine::new().render(Phase::Execute, &unit, &namespace(&[]), Arc::new(scope)).unwrap_err();
    let diagnostic = error.into_diagnostic();
    assert_eq!((diagnostic.code, diagnostic.hints.len()), (ErrorCode::NoProject, 1));
}

#[test]
fn undefined_names_of_the_own_text_are_captured_while_parsing() {
    let parsed = |text: &str| match render(Phase::Parse, MACROS, text) {
        Ok(rendered) => rendered.output,
        Err(error) => error.message,
    };
    assert_eq!(parsed("[{{ foo }}{{ foo.bar.baz() }}{{ foo()['x'] }}]"), "[]");
    assert_eq!(parsed("[{{ package.macro(1, b=2) }}{% for x in foo.bar() %}x{% endfor %}]"), "[]");
    assert_eq!(parsed("{% call wrap('a') %}{{ foo.bar() }}{% endcall %}"), "<a></a>");
    assert_eq!(parsed("{{ uses(1).x.y }}"), "");
    assert!(parsed("{{ wrap('a') }}").starts_with("No caller defined"));
}

#[test]
fn only_calls_of_the_own_text_are_reported() {
    let text =
        "{{ outer }}{{ text(1) }}{{ relay('a') if false }}{% call wrap('x') %}{{ list() }}{% endcall %}{{ text(2) }}";
    let rendered = render(Phase::Parse, MACROS, text).unwrap();
    let called: Vec<&str> = rendered.macros_called.iter().map(|called| &**called).collect();
    assert_eq!(called, ["macro.shop.text", "macro.shop.wrap"]);
}

#[test]
fn native_templates_give_values() {
    let native = |text: &str| {
        let file: Arc<str> = "models/x.yml".into();
        let unit = Unit::native("x", &file, &parse_template(&file, text).unwrap());
        let values = [("x", Value::from(5)), ("y", Value::from("yes")), ("z", Value::from("'q'"))];
        let scope = TestScope(values.into_iter().map(|(name, value)| (name.to_string(), value)).collect());
        match Engine::new().render_native(Phase::Execute, &unit, &namespace(&[]), Arc::new(scope)) {
            Ok(rendered) => value::repr(&rendered.output),
            Err(error) => format!("!{}", error.message),
        }
    };
    let cases = [
        ("{{ 1 }}", "'1'"),
        ("1", "'1'"),
        ("{{ x }}", "5"),
        ("{{ x }}\n", "5"),
        ("{{ x }} ", "'5 '"),
        ("{{ x }}{{ y }}", "'5yes'"),
        ("{{ [x] }}", "[5]"),
        ("{{ x + 1 }}", "6"),
        ("{% if true %}{{ x }}{% endif %}", "5"),
        ("{{ '1'|as_native }}", "1"),
        ("{{ '1'|as_text }}", "'1'"),
        ("{{ z|as_native }}", "'q'"),
        ("{{ z|as_text }}", "\"'q'\""),
        ("{{ \"['a']\"|as_native }}", "['a']"),
        ("{{ 'True'|as_bool }}", "True"),
        ("{{ 'true'|as_bool }}", "!Could not convert value 'true' into type 'bool'"),
        ("{{ 'x'|as_number }}", "!Could not convert value 'x' into type 'number'"),
        ("'abc'", "\"'abc'\""),
        ("", "''"),
    ];
    for (text, expected) in cases {
        assert_eq!(native(text), expected, "{text}");
    }
}

#[test]
fn scopes_can_be_cast_down() {
    let scope: Arc<dyn Scope> = Arc::new(EmptyScope);
    let any: Arc<dyn Any + Send + Sync> = scope;
    assert!(any.downcast::<EmptyScope>().is_ok());
}

#[test]
fn one_unit_renders_on_many_threads() {
    let file: Arc<str> = "models/x.sql".into();
    let unit = Unit::template("x", &file, &parse_template(&file, "{{ factorial(20) }}{{ text(one) }}").unwrap());
    let namespace = namespace(&[("shop", MACROS)]);
    std::thread::scope(|threads| {
        for number in 0..8 {
            let (unit, namespace) = (&unit, &namespace);
            threads.spawn(move || {
                let scope = Arc::new(TestScope(HashMap::from([("one".to_string(), Value::from(number))])));
                for phase in [Phase::Parse, Phase::Execute, Phase::Parse] {
                    let rendered = Engine::new().render(phase, unit, namespace, scope.clone()).unwrap();
                    assert_eq!(rendered.output, format!("2432902008176640000[{number}|x|None]"));
                }
            });
        }
    });
}

#[test]
fn deep_recursion_stays_within_the_stack() {
    let macros = "{% macro down(n) %}{% if n > 0 %}{% call wrap() %}{{ down(n - 1) }}{% endcall %}{% endif %}{% endmacro %}
                  {% macro wrap() %}{{ caller() }}{% endmacro %}
                  {% macro plain(n) %}{% if n > 0 %}{{ return(plain(n - 1)) }}{% endif %}{{ return('bottom') }}{% endmacro %}";
    let namespace = namespace(&[("shop", macros)]);
    let run = move || {
        let scope = Arc::new(TestScope(HashMap::new()));
        let render = |text: &str| {
            let file: Arc<str> = "models/x.sql".into();
            let unit = Unit::template("x", &file, &parse_template(&file, text).unwrap());
            Engine::new().render(Phase::Execute, &unit, &namespace, scope.clone())
        };
        assert_eq!(render("{{ plain(190) }}").unwrap().output, "bottom");
        assert!(render("{{ down(1000) }}").unwrap_err().message.contains("maximum recursion depth exceeded"));
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap();
    assert!(thread.join().is_ok());
}

#[test]
fn long_and_deep_templates_compile_on_a_small_stack() {
    let run = || {
        let elifs = (0..400).map(|number| format!("{{% elif one == {number} %}}{number}")).collect::<String>();
        let deep = |open: &str, close: &str, levels: usize| {
            format!("{}{}{}", open.repeat(levels), "one", close.repeat(levels))
        };
        let cases = [
            (format!("{{{{ one{} }}}}", " + one".repeat(299)), "300"),
            (format!("{{{{ one{} }}}}", "|string".repeat(299)), "1"),
            (format!("{{% if false %}}{elifs}{{% endif %}}"), "1"),
            (format!("{{{{ {} }}}}", deep("(", ")", 80)), "1"),
            (format!("{{{{ {} }}}}", deep("(1 - ", ")", 40)), "1"),
            (format!("{}x{}", "{% if one %}".repeat(60), "{% endif %}".repeat(60)), "x"),
        ];
        for (text, expected) in cases {
            assert_eq!(output("", &text), expected, "{}", &text[..40]);
        }
        let too_deep = output("", &format!("{{{{ {} }}}}", deep("[", "]", 85)));
        assert!(too_deep.contains("[[[") || too_deep.contains("recursion"), "{too_deep}");
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap();
    assert!(thread.join().is_ok());
}

#[test]
fn macros_can_be_overridden_for_unit_tests() {
    let namespace = namespace(&[("shop", MACROS), ("utils", "{% macro star() %}*{% endmacro %}")]);
    let overrides =
        [(None, "text", Value::from("T")), (Some("utils"), "star", Value::from(7)), (None, "nothing", Value::from(1))];
    let namespace = namespace.with_overrides(overrides);
    let file: Arc<str> = "models/x.sql".into();
    let text = "{{ text(1) }}{{ utils.star() + 1 }}{{ nothing is defined }}";
    let unit = Unit::template("x", &file, &parse_template(&file, text).unwrap());
    let rendered = Engine::new().render(Phase::Execute, &unit, &namespace, Arc::new(EmptyScope)).unwrap();
    assert_eq!(rendered.output, "T8False");
    assert_eq!(rendered.macros_called.len(), 2);
}
