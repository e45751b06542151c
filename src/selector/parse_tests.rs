use super::*;

fn parsed(text: &str) -> Criterion {
    criterion(text, None, IndirectSelection::Eager).expect("it can be read")
}

#[test]
fn operators_are_taken_off_the_value() {
    use Reach::{All, Nothing, Steps};
    for (text, childrens_parents, parents, value, children) in [
        ("a", false, Nothing, "a", Nothing),
        ("+a", false, All, "a", Nothing),
        ("a+", false, Nothing, "a", All),
        ("2+a+13", false, Steps(2), "a", Steps(13)),
        ("0+a", false, Steps(0), "a", Nothing),
        ("@a", true, Nothing, "a", Nothing),
        ("@+a", true, All, "a", Nothing),
        ("a++", false, Nothing, "a+", All),
        ("a+b", false, Nothing, "a+b", Nothing),
        ("+", false, All, "", Nothing),
        ("1+", false, Steps(1), "", Nothing),
        ("99999999999999999999999+a", false, All, "a", Nothing),
        ("a@b", false, Nothing, "a@b", Nothing),
        (":a", false, Nothing, ":a", Nothing),
        ("a-b:c", false, Nothing, "a-b:c", Nothing),
    ] {
        let criterion = parsed(text);
        assert_eq!(criterion.childrens_parents, childrens_parents, "{text}");
        assert_eq!((criterion.parents, criterion.children), (parents, children), "{text}");
        assert_eq!(criterion.matcher, Matcher::Fqn(value.to_string()), "{text}");
    }
}

#[test]
fn values_choose_their_method() {
    for (text, expected) in [
        ("models/a", Matcher::Path(PathPattern::new("models/a"))),
        ("a.SQL", Matcher::File(Pattern::new("a.SQL"))),
        ("tag:a:b", Matcher::Tag(Pattern::new("a:b"))),
        ("package:this", Matcher::ThisPackage),
        ("config.meta.a:b", Matcher::Config { keys: vec!["meta".into(), "a".into()], value: "b".into() }),
        ("domain:o*", Matcher::Domain(Pattern::new("o*"))),
        ("state:modified.body", Matcher::State(StateCheck::Body)),
        ("resource_type:unit_test", Matcher::ResourceType(Some(ResourceType::UnitTest))),
        ("resource_type:macro", Matcher::ResourceType(None)),
    ] {
        assert_eq!(parsed(text).matcher, expected, "{text}");
    }
}

#[test]
fn mistakes_name_their_place_and_a_remedy() {
    let arguments = SelectionArguments {
        select: vec!["a,tags:x".into(), "b".into(), "@b+".into()],
        exclude: vec!["version:newest".into(), "state:modifed".into()],
        ..SelectionArguments::default()
    };
    let [(_, select), (_, exclude)] = arguments.texts();
    let found = arguments.parse().expect_err("four mistakes");
    let shown: Vec<(String, String, String)> = found
        .into_iter()
        .map(|diagnostic| {
            let span = diagnostic.primary.as_ref().map(|label| label.span.clone()).expect("a place");
            let text = if &*span.file == "--select" { &select } else { &exclude };
            let hint = diagnostic.hints.first().cloned().unwrap_or_default();
            (text[span.range()].to_string(), diagnostic.to_string(), hint)
        })
        .collect();
    let expected = [
        ("tags:x", "MB0702: 'tags' is not a valid method name", "did you mean `tag:`?"),
        (
            "@b+",
            "MB0701: Invalid node spec @b+ - \"@\" prefix and \"+\" suffix are incompatible",
            "`@` already takes all descendants: leave one of them out",
        ),
        (
            "version:newest",
            "MB0703: Invalid version type selector newest: expected one of: \"latest\", \"prerelease\", \"old\", or \"none\"",
            "",
        ),
        (
            "state:modifed",
            "MB0703: Got an invalid selector \"modifed\", expected one of \"['new', 'old', 'modified', 'unmodified', \
             'modified.body', 'modified.configs', 'modified.persisted_descriptions', 'modified.relation', \
             'modified.macros', 'modified.contract']\"",
            "did you mean `state:modified`?",
        ),
    ];
    assert_eq!(shown, expected.map(|(text, message, hint)| (text.into(), message.into(), hint.into())));
}

#[test]
fn any_text_can_be_read_without_a_panic() {
    for text in
        ["", " ", ",", "@", "+", "é+", "+é", "@@", "++", "1+1+1", ":", "a:", ".:a", "tag:", "[", "a,,b", "\u{1F600}:x"]
    {
        let _ = SelectionArguments { select: vec![text.into()], ..SelectionArguments::default() }.parse();
    }
}
