//! Selection as an algebra of sets.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

type Ids = BTreeSet<String>;

fn manifest_strategy() -> impl Strategy<Value = Manifest> {
    prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 0..3), 0..4u8), 2..20).prop_map(
        |nodes| {
            let mut entries = serde_json::Map::new();
            for (number, (reads, tag)) in nodes.iter().enumerate() {
                let reads = reads.iter().filter(|_| number > 0).map(|read| format!("model.p.m{}", read.index(number)));
                let entry = json!({"tags": [format!("t{tag}")], "depends_on": {"nodes": reads.collect::<Vec<_>>()}});
                entries.insert(format!("model.p.m{number}"), entry);
            }
            manifest(&json!({"nodes": entries}))
        },
    )
}

/// A criterion that selects something or nothing.
fn criterion() -> impl Strategy<Value = String> {
    let name = prop_oneof![(0..20u8).prop_map(|n| format!("m{n}")), (0..4u8).prop_map(|n| format!("tag:t{n}"))];
    (prop_oneof![Just(""), Just("+"), Just("1+"), Just("@")], name, prop_oneof![Just(""), Just("+"), Just("+2")])
        .prop_map(
            |(before, name, behind)| if before == "@" { format!("@{name}") } else { format!("{before}{name}{behind}") },
        )
}

fn ids(manifest: &Manifest, select: &str) -> Ids {
    selected(manifest, select).into_iter().collect()
}

fn without(manifest: &Manifest, select: &str, exclude: &str) -> Ids {
    let arguments = SelectionArguments { exclude: vec![exclude.to_string()], ..arguments(select) };
    let outcome = run(manifest, &arguments, &Scope::default());
    outcome.selection.iter().map(ToString::to_string).collect()
}

proptest! {
    #[test]
    fn set_operators_are_those_of_sets(manifest in manifest_strategy(), a in criterion(), b in criterion(), c in criterion()) {
        let (left, right) = (ids(&manifest, &a), ids(&manifest, &b));
        prop_assert_eq!(ids(&manifest, &format!("{a} {b}")), &left | &right);
        prop_assert_eq!(ids(&manifest, &format!("{a},{b}")), &left & &right);
        prop_assert_eq!(without(&manifest, &a, &b), &left - &right);
        prop_assert_eq!(ids(&manifest, &format!("{a},{b} {a},{c}")), &left & &(&right | &ids(&manifest, &c)));
        prop_assert_eq!(without(&manifest, &a, &a), Ids::new());
        prop_assert_eq!(&ids(&manifest, &format!("{a} {a}")), &left);
    }

    #[test]
    fn graph_operators_agree_with_the_graph(manifest in manifest_strategy(), n in 0..20u8) {
        let name = format!("m{n}");
        let id = UniqueId::from(format!("model.p.{name}"));
        let relatives = |found: Vec<&UniqueId>| -> Ids { found.into_iter().map(ToString::to_string).collect() };
        let up = relatives(manifest.graph.ancestors([&id], None));
        let down = relatives(manifest.graph.descendants([&id], None));
        let own = ids(&manifest, &name);
        prop_assert_eq!(ids(&manifest, &format!("+{name}")), &own | &up);
        prop_assert_eq!(ids(&manifest, &format!("{name}+")), &own | &down);
        prop_assert_eq!(ids(&manifest, &format!("+{name}+")), &(&own | &up) | &down);
        prop_assert_eq!(ids(&manifest, &format!("{name}+1")), &own | &relatives(manifest.graph.descendants([&id], Some(1))));
        let around: Ids = (&own | &down).iter().flat_map(|id| ids(&manifest, &format!("+{}", id.trim_start_matches("model.p.")))).collect();
        prop_assert_eq!(ids(&manifest, &format!("@{name}")), around);
    }

    #[test]
    fn no_text_makes_it_panic(manifest in manifest_strategy(), select in "[@+0-9a-z:.,*?\\[\\] é-]{0,20}") {
        run(&manifest, &arguments(&select), &Scope::default());
    }
}
