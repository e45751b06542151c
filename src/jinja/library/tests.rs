use super::*;
use crate::jinja::{BlockFile, parse_blocks};

fn definition(package: &str, name: &str) -> Arc<MacroDefinition> {
    let text = format!("{{% macro {name}() %}}{package}{{% endmacro %}}");
    let file: Arc<str> = format!("{package}/macros/{name}.sql").into();
    let block = parse_blocks(&file, &text, BlockFile::Macros).unwrap().remove(0);
    MacroDefinition::new(&package.into(), &format!("macros/{name}.sql").into(), &file, &text.into(), block)
}

fn library() -> MacroLibrary {
    let internal = [("dbt", "a"), ("dbt", "b"), ("dbt_duckdb", "b"), ("dbt", "c"), ("dbt", "only_internal")];
    let internal =
        InternalMacros::new(&["dbt_duckdb", "dbt"], internal.map(|(package, name)| definition(package, name))).unwrap();
    let mut library = MacroLibrary::new("shop", internal);
    for (package, name) in [("shop", "a"), ("utils", "a"), ("utils", "c"), ("utils", "star"), ("other", "star")] {
        library.add(definition(package, name)).unwrap();
    }
    library
}

fn found(definition: Option<&Arc<MacroDefinition>>) -> &str {
    definition.map_or("-", |definition| &definition.unique_id)
}

#[test]
fn names_are_found_in_the_own_package_then_the_root_then_internally() {
    let library = library();
    let (shop, utils) = (library.namespace("shop"), library.namespace("utils"));
    let cases = [
        (&shop, None, "a", "macro.shop.a"),
        (&utils, None, "a", "macro.utils.a"),
        (&shop, None, "b", "macro.dbt_duckdb.b"),
        (&shop, None, "c", "macro.dbt.c"),
        (&utils, None, "c", "macro.utils.c"),
        (&shop, None, "star", "-"),
        (&shop, Some("utils"), "star", "macro.utils.star"),
        (&shop, Some("dbt"), "b", "macro.dbt_duckdb.b"),
        (&shop, Some("dbt"), "a", "macro.dbt.a"),
    ];
    for (namespace, package, name, expected) in cases {
        let definition = namespace.get_from_package(package, name).unwrap();
        assert_eq!(found(definition.as_ref()), expected, "{package:?} {name} in {namespace:?}");
    }
    let unknown = shop.get_from_package(Some("dbt_duckdb"), "b").unwrap_err();
    assert_eq!(unknown.to_string(), "Could not find package 'dbt_duckdb'");
    assert!(shop.get("utils").is_some() && shop.get("dbt").is_some() && shop.get("dbt_duckdb").is_none());
}

#[test]
fn resolving_without_rendering_looks_everywhere() {
    let library = library();
    let cases = [
        ("shop", "a", "macro.shop.a"),
        ("utils", "a", "macro.utils.a"),
        ("other", "a", "macro.shop.a"),
        ("other", "c", "macro.utils.c"),
        ("shop", "star", "macro.other.star"),
        ("dbt", "b", "macro.dbt.b"),
        ("nowhere", "b", "macro.dbt_duckdb.b"),
        ("shop", "nothing", "-"),
    ];
    for (package, name, expected) in cases {
        assert_eq!(found(library.resolve(package, name)), expected, "{name} from {package}");
    }
    assert_eq!(found(library.by_unique_id("macro.utils.star")), "macro.utils.star");
    assert_eq!(found(library.by_unique_id("macro.dbt.c")), "macro.dbt.c");
}

#[test]
fn two_macros_of_one_name_are_an_error() {
    let mut library = library();
    let problem = library.add(definition("utils", "star")).unwrap_err();
    assert_eq!(problem.code, ErrorCode::JinjaDuplicateMacro);
    assert!(problem.message.starts_with(
        "dbt found two macros with the name \"star\" in the namespace \"utils\". Since these macros have the same name"
    ));
    assert!(problem.message.ends_with("- macro.utils.star (macros/star.sql)\n- macro.utils.star (macros/star.sql)"));
}
