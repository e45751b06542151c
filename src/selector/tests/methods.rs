//! What dbt has no word for: domains, scopes, hints.

use super::*;

/// Two domains; both use package `util`.
fn mesh() -> Manifest {
    manifest(&json!({
        "nodes": {
            "model.customer.stg_customers": {"original_file_path": "models/staging/stg_customers.sql"},
            "model.customer.dim_customers": {"depends_on": {"nodes": ["model.customer.stg_customers"]}, "tags": ["core"]},
            "model.util@customer.calendar": {"original_file_path": "models/calendar/calendar.sql"},
            "model.util@orders.calendar": {"original_file_path": "models/calendar/calendar.sql"},
            "model.orders.fct_orders": {
                "original_file_path": "models/marts/fct_orders.sql", "patch_path": "orders://models/marts/marts.yml",
                "depends_on": {"nodes": ["model.customer.dim_customers", "model.util@orders.calendar"]},
            },
            "test.orders.known_customer": {
                "depends_on": {"nodes": ["model.orders.fct_orders", "model.customer.dim_customers"]},
            },
        },
        "sources": {"source.customer.raw.people": {"name": "people"}},
        "disabled": {"model.orders.old_orders": [{}]},
    }))
}

#[test]
fn domains_are_selected_with_every_operator() {
    let mesh = mesh();
    for (select, expected) in [
        ("domain:orders", "model.orders.fct_orders model.util@orders.calendar test.orders.known_customer"),
        ("domain:ord*,resource_type:model", "model.orders.fct_orders model.util@orders.calendar"),
        ("1+domain:orders,domain:customer", "model.customer.dim_customers"),
        ("domain:customer+,resource_type:model,domain:orders", "model.orders.fct_orders"),
        (
            "@domain:customer,domain:orders",
            "model.orders.fct_orders model.util@orders.calendar test.orders.known_customer",
        ),
        ("calendar", "model.util@customer.calendar model.util@orders.calendar"),
        ("package:util,domain:orders", "model.util@orders.calendar"),
        ("package:this,domain:customer,resource_type:source", "source.customer.raw.people"),
        ("path:orders/models/marts,resource_type:model", "model.orders.fct_orders"),
        ("path:models/marts,resource_type:model", "model.orders.fct_orders"),
        ("path:orders/models/marts/marts.yml,resource_type:model", "model.orders.fct_orders"),
        ("path:customer,resource_type:source", "source.customer.raw.people"),
        ("path:models/calendar", ""),
        ("path:*/models/staging", "model.customer.stg_customers"),
        ("orders.fct_orders,resource_type:model", "model.orders.fct_orders"),
        ("fct_orders  stg_customers", "model.customer.stg_customers model.orders.fct_orders"),
    ] {
        let arguments = SelectionArguments { indirect_selection: IndirectSelection::Empty, ..arguments(select) };
        let outcome = run(&mesh, &arguments, &Scope::default());
        let ids: Vec<&str> = outcome.selection.iter().map(UniqueId::as_str).collect();
        assert_eq!(ids.join(" "), expected, "{select}");
    }
}

fn scope(domains: &[&str]) -> Scope {
    Scope { domains: Some(domains.iter().map(|name| DomainName::from(*name)).collect()) }
}

#[test]
fn a_scope_keeps_its_domains() {
    let mesh = mesh();
    for (select, domains, expected) in [
        (None, &["orders"][..], "model.orders.fct_orders model.util@orders.calendar test.orders.known_customer"),
        (
            Some("+fct_orders"),
            &["orders"],
            "model.orders.fct_orders model.util@orders.calendar test.orders.known_customer",
        ),
        (
            Some("+fct_orders,resource_type:model"),
            &["customer"],
            "model.customer.dim_customers model.customer.stg_customers",
        ),
        (Some("tag:core+,fct_*"), &["orders", "customer"], "model.orders.fct_orders test.orders.known_customer"),
    ] {
        let arguments = select.map_or_else(SelectionArguments::default, arguments);
        let outcome = run(&mesh, &arguments, &scope(domains));
        let ids: Vec<&str> = outcome.selection.iter().map(UniqueId::as_str).collect();
        assert_eq!(ids.join(" "), expected, "{select:?} in {domains:?}");
        assert_eq!(outcome.diagnostics, [], "{select:?}");
    }
}

#[test]
fn what_matches_nothing_is_told_with_a_hint() {
    let mesh = mesh();
    for (select, hint) in [
        ("fct_order", Some("did you mean `fct_orders`?")),
        ("old_orders", Some("model.orders.old_orders is disabled")),
        ("tag:cor", Some("did you mean `core`?")),
        ("domain:order", Some("did you mean `orders`?")),
        ("source:row", Some("did you mean `raw`?")),
        ("stg_customers", Some("it matches nodes of `customer`, but the command is restricted to `orders`")),
        ("fct_orders,", Some("write an intersection without spaces around the comma")),
        ("nothing_like_it", None),
        ("", None),
    ] {
        let outcome = run(&mesh, &arguments(select), &scope(&["orders"]));
        let [warning] = &outcome.diagnostics[..] else { panic!("{select}: {:?}", outcome.diagnostics) };
        assert_eq!(warning.message, format!("The selection criterion '{select}' does not match any enabled nodes"));
        assert_eq!(warning.code, ErrorCode::NoNodesForCriterion);
        assert!(!warning.is_error());
        assert_eq!(warning.hints.first().map(String::as_str), hint, "{select}");
    }
}

#[test]
fn a_missing_state_is_told_once() {
    let outcome = run(&mesh(), &arguments("state:modified+ state:new result:error"), &Scope::default());
    let shown: Vec<String> = outcome.diagnostics.iter().map(ToString::to_string).collect();
    let manifest = "MB0707: Got a state selector method, but no comparison manifest";
    assert_eq!(shown, [manifest, manifest, "MB0707: No comparison run_results"]);
    assert!(outcome.selection.is_empty());
}
