use super::*;

#[test]
fn names_are_found_wherever_they_stand() {
    let names = Names {
        words: [("orders", "model.shop.orders"), ("große", "model.shop.große")]
            .map(|(word, id)| (word.to_string(), vec![UniqueId::from(id)]))
            .into(),
        phrases: vec![("my table".into(), "model.shop.a".into()), ("say \"hi\"".into(), "model.shop.b".into())],
    };
    for (text, found) in [
        ("select * from orders", true),
        ("select * from \"db\".main.\"ORDERS\"", true),
        ("select * from main.Orders;", true),
        ("from(orders)", true),
        ("select * from orders_2 join old_orders using (id)", false),
        ("select * from GROSSE", false),
        ("select * from GROßE", true),
        ("select * from \"My Table\"", true),
        ("select * from my.table", false),
        ("select * from \"say \"\"hi\"\"\"", true),
        ("select 1", false),
    ] {
        assert_eq!(names.of_text(text, |_| true), found, "{text}");
        assert!(!names.of_text(text, |_| false), "{text}");
    }
    assert!(!names.of_text("from orders", |id| id.as_str() != "model.shop.orders"), "declared");
}
