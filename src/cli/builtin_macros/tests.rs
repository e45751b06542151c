#[test]
fn every_builtin_macro_compiles() {
    let macros = super::load().unwrap_or_else(|cause| panic!("{cause}"));
    let engine = crate::jinja::Engine::new();
    let mut count = 0;
    for definition in macros.definitions() {
        engine.check(definition.unit()).unwrap_or_else(|cause| panic!("{}: {cause}", definition.unique_id));
        count += 1;
    }
    assert!(count > 400, "{count} macros");
}
