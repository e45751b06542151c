use super::{code, near, words};
use crate::diagnostic::ErrorCode;

#[test]
fn the_picture_of_the_statement_is_left_out() {
    let message = "Binder Error: Referenced column \"nme\" not found in FROM clause!\nCandidate bindings: \"name\"\n\n\
                   LINE 1: select nme\n               ^";
    assert_eq!(
        words(message),
        "Binder Error: Referenced column \"nme\" not found in FROM clause!\nCandidate bindings: \"name\""
    );
    assert_eq!(code(message), ErrorCode::UnknownColumn);
}

#[test]
fn only_what_is_close_could_have_been_meant() {
    let message = |name: &str| {
        format!(
            "Binder Error: Referenced column \"{name}\" not found in FROM clause!\nCandidate bindings: \"store_code\", \"o.total\"\n"
        )
    };
    assert_eq!(near(&message("totl")), Some("total"));
    assert_eq!(near(&message("amount")), None);
}
