use super::*;

#[test]
fn ids_of_packages_carry_the_domain() {
    let orders = DomainName::from("orders");
    let own = UniqueId::new(ResourceType::Model, "orders", None, "fct_orders");
    assert_eq!(own.as_str(), "model.orders.fct_orders");
    assert_eq!(own.without_domain(), own);
    let package = UniqueId::new(ResourceType::Model, "dbt_utils", Some(&orders), "a.b@c");
    assert_eq!(package.as_str(), "model.dbt_utils@orders.a.b@c");
    assert_eq!(package.without_domain().as_str(), "model.dbt_utils.a.b@c");
    assert_eq!(package.prefix(), "model");
}
