use super::fixtures::{hook, model, shop};
use super::*;
use crate::manifest::{BatchSize, Microbatch, NodeKind, Version};
use std::sync::Arc;

#[test]
fn nodes_are_described_in_dbts_words() {
    let manifest = shop();
    for (id, database, expected) in [
        ("model.shop.customers", "shop", "sql table model main.customers"),
        ("model.shop.customers", "other", "sql table model shop.main.customers"),
        ("model.shop.vm.v1", "shop", "sql view model main.vm_v1"),
        ("seed.shop.raw_customers", "shop", "seed file main.raw_customers"),
        ("snapshot.shop.snap", "shop", "snapshot main.snap"),
        ("test.shop.singular", "shop", "test singular"),
        ("unit_test.shop.inc.ut", "shop", "unit_test inc::ut"),
        ("exposure.shop.dash", "shop", "exposure dash"),
    ] {
        assert_eq!(describe_node(&manifest.nodes[id], database), expected);
    }
    let mut batches = model("b", "incremental", &[]);
    if let NodeKind::Model(model) = &mut batches.kind {
        model.microbatch = Some(Microbatch {
            begin: chrono::DateTime::UNIX_EPOCH,
            batch_size: BatchSize::Day,
            lookback: 1,
            concurrent_batches: None,
            reads_itself: false,
        });
    }
    assert_eq!(describe_node(&batches, "shop"), "sql microbatch model main.b");
    let mut versioned = (*manifest.nodes["unit_test.shop.inc.ut"]).clone();
    if let NodeKind::UnitTest(test) = &mut versioned.kind {
        test.version = Some(Version::Integer(2));
    }
    assert_eq!(describe_node(&versioned, "shop"), "unit_test inc::ut_v2");
}

#[test]
fn counts_use_dbts_plurals() {
    let manifest = shop();
    let node = |id: &str| Subject::Node(manifest.nodes[id].clone());
    let test = || node("test.shop.singular");
    for (subjects, expected) in [
        (vec![], ""),
        (vec![test()], "1 test"),
        (vec![test(), test()], "2 data tests"),
        (vec![node("analysis.shop.an"), node("analysis.shop.an")], "2 analyses"),
        (vec![node("unit_test.shop.inc.ut"), Subject::Hook(hook(HookPhase::End))], "1 project hook, 1 unit test"),
        (vec![node("model.shop.inc"), node("model.shop.eph")], "1 ephemeral model, 1 incremental model"),
    ] {
        assert_eq!(counts_for_people(&subjects), expected);
    }
}

#[test]
fn what_is_skipped_has_its_relation_and_no_time() {
    let manifest = shop();
    for (id, relation) in [
        ("model.shop.inc", Some(Some("\"shop\".\"main\".\"inc\""))),
        ("model.shop.eph", Some(None)),
        ("test.shop.singular", Some(None)),
        ("seed.shop.raw_customers", None),
        ("unit_test.shop.inc.ut", None),
    ] {
        let result = NodeResult::skipped(Subject::Node(manifest.nodes[id].clone()), "main", None);
        let compiled = result.compiled.as_ref().map(|compiled| compiled.relation_name.as_deref());
        assert_eq!(compiled, relation, "{id}");
        assert!(result.timing.is_empty());
    }
}

#[test]
fn hooks_are_named_as_in_dbts_log() {
    let hook = hook(HookPhase::Start);
    assert_eq!(hook.statement(), "shop.on-run-start.0");
    assert_eq!(Subject::Hook(Arc::clone(&hook)).original_file_path(), "./dbt_project.yml");
}

#[test]
fn the_inventory_is_told_in_dbts_order() {
    let expected = "7 models, 1 analysis, 4 data tests, 1 seed, 1 operation, 1 snapshot, 1 source, 1 exposure, 2 macros, 1 group, 2 unit tests";
    assert_eq!(inventory_for_people(&shop()), expected);
}
