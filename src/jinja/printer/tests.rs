use crate::jinja::parser::parse_template;
use crate::jinja::unit::Unit;
use std::sync::Arc;

fn unit(text: &str) -> Arc<Unit> {
    let file: Arc<str> = "models/a.sql".into();
    Unit::template("a", &file, &parse_template(&file, text).unwrap())
}

#[test]
fn prints_what_differs_as_filters() {
    let cases = [
        ("a {{ b }} c", "a {{ b }} c"),
        ("{{ [1, 'a'] }}", "{{ 0|__list(1,\"a\") }}"),
        ("{{ {'a': b, 'c': [d]} }}", "{{ 0|__dict(\"a\",b,\"c\",0|__list(d)) }}"),
        ("{{ (1, 2) }}{{ (1,) }}{{ () }}", "{{ (1,2) }}{{ (1,) }}{{ () }}"),
        ("{{ a + b * c }}", "{{ a|__add(b|__mul(c)) }}"),
        ("{{ (a + b) * c }}", "{{ a|__add(b)|__mul(c) }}"),
        ("{{ a ~ b ~ c }}", "{{ a|__concat(b,c) }}"),
        ("{{ not a == b }}", "{{ not a|__eq(b) }}"),
        ("{{ (a if b) + c }}", "{{ (a if b)|__add(c) }}"),
        ("{{ a.b['c'].d(e) }}{{ a.b }}", "{{ (a|__attr(\"b\")|__item(\"c\")).d(e) }}{{ a|__attr(\"b\") }}"),
        ("{% set a.b, c = 1 %}", "{% set a.b, c = 1 %}"),
        ("{{ a < b < c }}", "{{ a < b < c }}"),
        ("{{ a not in b }}", "{{ a|__not_in(b) }}"),
        ("{{ a[1:].b(c=1, *d) }}", "{{ (a|__slice(1,none,none)).b(c=1,*d) }}"),
        ("{{ -5|abs }}{{ -a }}{{ 1 .a }}", "{{ -5|abs }}{{ a|__neg }}{{ 1|__attr(\"a\") }}"),
        ("{{ a is not odd }}{{ a is eq 1 }}", "{{ not a is odd() }}{{ a is eq(1) }}"),
        ("{{ 1 + not (a) }}", "{{ 1|__add(__u_6e6f74(a)) }}"),
        ("{% do a.b() %}", "{% set __ = a.b() %}"),
        ("{% for a in b %}{{ a }}{% endfor %}", "{% for a in b|__iter %}{{ a }}{% endfor %}"),
        ("{% raw %}{{ a }}{% endraw %}", "{{ \"{{ a }}\" }}"),
        ("a {% raw %}{{% endraw %}", "a {{ \"{\" }}"),
        ("{{ é }}", "{{ __u_c3a9 }}"),
        (
            "{{ 123456789012345678901234567890123456789012 }}",
            "{{ \"123456789012345678901234567890123456789012\"|int }}",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(unit(text).printed(), expected, "{text}");
    }
}

#[test]
fn closures_capture_what_they_mention() {
    let text = "{% set a = 1 %}{% for b in c %}{% call(x) d(e) %}{{ a }}{{ b }}{{ f }}{{ x }}{{ loop.index }}{% endcall %}\
                {% endfor %}";
    let unit = unit(text);
    assert_eq!(
        unit.printed(),
        "{% set a = 1 %}{% for b in c|__iter %}{{ d(e,caller=(0|__closure(0,\"a\",a,\"b\",b,\"loop\",loop))) }}{% endfor %}"
    );
    assert_eq!(unit.closures()[0].printed(), "{{ a }}{{ b }}{{ f }}{{ x }}{{ loop|__attr(\"index\") }}");
}

#[test]
fn native_units_keep_values_and_not_constants() {
    let file: Arc<str> = "models/a.yml".into();
    let cases = [
        ("{{ a }}", "{{ a|__native }}"),
        ("{{ 1 }}{{ [1, 'a'|upper] }}", "{{ 1 }}{{ 0|__list(1,\"a\"|upper) }}"),
        ("{{ a|as_number }}", "{{ a|__as_number|__native }}"),
        ("{% if a or b %}{{ a or b }}{% endif %}", "{% if a or b %}{{ (a or b)|__native }}{% endif %}"),
        ("{% set a %}{{ b }}{% endset %}", "{% set a %}{{ b }}{% endset %}"),
    ];
    for (text, expected) in cases {
        let unit = Unit::native("a", &file, &parse_template(&file, text).unwrap());
        assert_eq!(unit.printed(), expected, "{text}");
    }
}

#[test]
fn printed_places_lead_back_to_the_source() {
    let text = "x {{ foo.bar + 'a' }} {% if [baz] %}{% endif %}";
    let unit = unit(text);
    let source = |printed: &str| {
        let start = unit.printed().find(printed).unwrap();
        unit.source_range(&(start..start + printed.len())).map(|range| &text[range.as_usize()])
    };
    assert_eq!(source("foo|__attr(\"bar\")"), Some("foo.bar"));
    assert_eq!(source("foo|__attr(\"bar\")|__add(\"a\")"), Some("foo.bar + 'a'"));
    assert_eq!(source("__add"), Some("foo.bar + 'a'"));
    assert_eq!(source("baz"), Some("baz"));
    assert_eq!(source("0|__list(baz)"), Some("[baz]"));
}
