use super::*;
use crate::state::testing::manifest;
use serde_json::json;

fn accepted(command: Command, include: &[&str], exclude: &[&str]) -> Vec<String> {
    let parse = |words: &[&str]| -> Vec<ResourceTypeArgument> {
        words.iter().filter_map(|word| ResourceTypeArgument::parse(word)).collect()
    };
    let filter = ResourceFilter::new(command, &parse(include), &parse(exclude));
    let manifest = manifest(&json!({
        "nodes": {
            "model.p.m": {}, "model.p.blank": {"raw_code": " \n"}, "seed.p.s": {}, "snapshot.p.n": {}, "test.p.t": {},
            "analysis.p.a": {}, "operation.p.o": {},
        },
        "sources": {"source.p.raw.old": {}, "source.p.raw.fresh": {"freshness": {"warn_after": {"count": 1, "period": "day"}}}},
        "exposures": {"exposure.p.e": {}},
        "unit_tests": {"unit_test.p.m.u": {}},
    }));
    let nodes = manifest.nodes.values().filter(|node| filter.accepts(node));
    nodes.map(|node| node.unique_id.as_str().replace(".p.", ":")).collect()
}

#[test]
fn commands_take_their_own_kinds() {
    for (command, expected) in [
        (Command::Run { tests: false }, "model:m"),
        (Command::Run { tests: true }, "model:m test:t"),
        (Command::Test, "test:t unit_test:m.u"),
        (Command::Build, "model:m seed:s snapshot:n test:t exposure:e unit_test:m.u"),
        (Command::Seed, "seed:s"),
        (Command::Snapshot, "snapshot:n"),
        (Command::Compile, "model:m seed:s snapshot:n test:t analysis:a operation:o"),
        (Command::Clone, "model:m seed:s snapshot:n"),
        (Command::SourceFreshness, "source:raw.fresh"),
        (
            Command::List,
            "model:m model:blank seed:s snapshot:n test:t source:raw.old source:raw.fresh exposure:e unit_test:m.u",
        ),
    ] {
        assert_eq!(accepted(command, &[], &[]).join(" "), expected, "{command:?}");
    }
}

#[test]
fn flags_narrow_and_widen() {
    let cases: [(Command, &[&str], &[&str], &str); 6] = [
        (Command::Build, &["model", "source"], &[], "model:m"),
        (Command::Build, &[], &["test", "unit_test", "exposure"], "model:m seed:s snapshot:n"),
        (Command::Test, &["unit_test", "model"], &[], "unit_test:m.u"),
        (Command::List, &["analysis"], &[], "analysis:a"),
        (Command::List, &["all"], &["default"], "analysis:a"),
        (Command::Run { tests: false }, &["seed"], &["model"], "model:m"),
    ];
    for (command, include, exclude, expected) in cases {
        assert_eq!(accepted(command, include, exclude).join(" "), expected, "{command:?} {include:?} {exclude:?}");
    }
}
