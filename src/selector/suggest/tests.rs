use super::*;

#[test]
fn slips_are_found_and_strangers_are_not() {
    let names = ["orders", "customers", "stg_orders", "fct_orders"];
    for (word, expected) in [
        ("order", Some("orders")),
        ("ordesr", Some("orders")),
        ("custmers", Some("customers")),
        ("ORDERS", Some("orders")),
        ("stg_order", Some("stg_orders")),
        ("products", None),
        ("", None),
    ] {
        assert_eq!(did_you_mean(word, names), expected, "{word}");
    }
}
