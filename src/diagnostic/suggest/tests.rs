use super::*;

#[test]
fn near_names_are_suggested_and_far_ones_are_not() {
    let names = ["dim_customers", "fct_orders", "stg_orders"];
    assert_eq!(closest("dim_customer", names), Some("dim_customers"));
    assert_eq!(closest("fct_odrers", names), Some("fct_orders"));
    assert_eq!(closest("FCT_ORDERS", names), Some("fct_orders"));
    assert_eq!(closest("products", names), None);
}
