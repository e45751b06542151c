use super::*;

fn found(text: &str, sort: BlockFile) -> String {
    match parse_blocks(&"macros/a.sql".into(), text, sort) {
        Err(problem) => format!("!{}", problem.message),
        Ok(blocks) => {
            let shown = blocks.iter().map(|block| {
                format!(
                    "{:?} {} {:?} {:?}",
                    block.kind,
                    block.name,
                    &text[block.range.as_usize()],
                    &text[block.contents.as_usize()]
                )
            });
            shown.collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn finds_the_blocks_of_each_sort_of_file() {
    let cases = [
        (
            "-- text {{ x }}\n{% macro a() %}b{% endmacro %} {% docs a %}d{% enddocs %}",
            BlockFile::Macros,
            "Macro a \"{% macro a() %}b{% endmacro %}\" \"b\"",
        ),
        (
            "x\n{%- macro a() -%}\n b\n{%- endmacro -%}\ny",
            BlockFile::Macros,
            "Macro a \"\\n{%- macro a() -%}\\n b\\n{%- endmacro -%}\\n\" \"b\"",
        ),
        (
            "{% test a(model) %}b{% endtest %}{% data_test c(model) %}d{% enddata_test %}",
            BlockFile::GenericTests,
            "Test test_a \"{% test a(model) %}b{% endtest %}\" \"b\"\n\
             Test test_c \"{% data_test c(model) %}d{% enddata_test %}\" \"d\"",
        ),
        (
            "{% materialization a, adapter='duckdb' %}{% endmaterialization %}",
            BlockFile::Macros,
            "Materialization materialization_a_duckdb \
             \"{% materialization a, adapter='duckdb' %}{% endmaterialization %}\" \"\"",
        ),
        (
            "{% snapshot a %}\n{{ config(b='%}') }} {% if x %}{% endif %}\n{% endsnapshot %}",
            BlockFile::Snapshots,
            "Snapshot a \"{% snapshot a %}\\n{{ config(b='%}') }} {% if x %}{% endif %}\\n{% endsnapshot %}\" \
             \"\\n{{ config(b='%}') }} {% if x %}{% endif %}\\n\"",
        ),
        (
            "# Title\n{% docs a %}it's {{ x }}{% enddocs %}\n{% macro unclosed() %}",
            BlockFile::Docs,
            "Docs a \"{% docs a %}it's {{ x }}{% enddocs %}\" \"it's {{ x }}\"",
        ),
        ("{# {% macro a() %} #}{% raw %}{% macro b() %}{% endraw %}", BlockFile::Macros, ""),
        ("{{ '{% macro a() %}' }}", BlockFile::Macros, ""),
        ("{% if x %}{% for y in z %}{% endfor %}{% endif %}", BlockFile::Macros, ""),
        (
            "{% macro a() %}{% raw %}{% endmacro %}{% endraw %}{% endmacro %}",
            BlockFile::Macros,
            "Macro a \"{% macro a() %}{% raw %}{% endmacro %}{% endraw %}{% endmacro %}\" \
             \"{% raw %}{% endmacro %}{% endraw %}\"",
        ),
    ];
    for (text, sort, expected) in cases {
        assert_eq!(found(text, sort), expected, "{text}");
    }
}

#[test]
fn tells_what_is_wrong_in_dbts_words() {
    let cases = [
        ("\n{% macro a() %}", "!Reached EOF without finding a close tag for macro (searched from line 2)"),
        (
            "{% if x %}{% macro a() %}{% endmacro %}{% endif %}",
            "!Got a block definition inside control flow at 1:10. All dbt block definitions must be at the top level",
        ),
        (
            "{% macro a() %}{% macro b() %}{% endmacro %}{% endmacro %}",
            "!Got nested tags: macro (started at 0) did not have a matching {% endmacro %} before a subsequent macro was \
             found (started at 15)",
        ),
        ("{% endif %}", "!Got an unexpected control flow end tag, got endif but never saw a preceeding if (@ 1:0)"),
        (
            "{% for x in y %}{% endif %}",
            "!Got an unexpected control flow end tag, got endif but expected endfor next (@ 1:16)",
        ),
        ("{# x", "!unexpected EOF, expected #}, got \"{# x\""),
        ("{% macro a(", "!unexpected EOF, expected tag close (\"%}\"), got \"{% macro a(\""),
        ("{% macro a(x) %}{{ x + }}{% endmacro %}", "!unexpected 'end of print statement'"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text, BlockFile::Macros), expected, "{text}");
    }
}

#[test]
fn errors_in_a_body_point_into_the_file() {
    let text = "-- a\n{% macro a() %}\n{{ x y }}\n{% endmacro %}";
    let problem = parse_blocks(&"macros/a.sql".into(), text, BlockFile::Macros).unwrap_err();
    assert_eq!(&text[problem.primary.unwrap().span.range()], "y");
}

#[test]
fn reads_supported_languages() {
    let languages = |options: &str| {
        let text = format!("{{% materialization a{options} %}}{{% endmaterialization %}}");
        let blocks = parse_blocks(&"macros/a.sql".into(), &text, BlockFile::Macros).unwrap();
        (blocks[0].supported_languages.join(","), blocks[0].adapter.clone().unwrap())
    };
    assert_eq!(languages(", default"), ("sql".into(), "default".into()));
    assert_eq!(
        languages(", supported_languages=['sql', 'python'], adapter='duckdb'"),
        ("sql,python".into(), "duckdb".into())
    );
}
