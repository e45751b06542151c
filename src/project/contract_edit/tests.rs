use super::*;

fn contract(columns: &str) -> ContractToWrite {
    let column = |text: &str| {
        let (text, not_null) = match text.strip_suffix('!') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (name, data_type) = text.split_once(' ').unwrap();
        let quoted = name.starts_with('"');
        ColumnToWrite { name: name.trim_matches('"').to_string(), data_type: data_type.to_string(), not_null, quoted }
    };
    ContractToWrite { columns: columns.split("; ").map(column).collect(), enforced: true }
}

/// What is made of `before` for the model `a`, which a second time changes nothing.
fn check(before: &str, columns: &str, expected: &str) {
    let contract = contract(columns);
    let edited = with_contract(Some(before), "a", &contract).unwrap();
    assert_eq!(edited, expected);
    assert_eq!(with_contract(Some(&edited), "a", &contract).unwrap(), edited, "again");
}

#[test]
fn what_is_there_stays_and_what_is_missing_is_added() {
    check(
        "version: 2\n\nmodels:\n  # first\n  - name: b\n  - name: a   # the a\n    description: \"{{ doc('a') }}\"\n    columns:\n      - name: ID   \
         # key\n        data_tests: [not_null]\n      # about name\n      - name: name\n        data_type: text\n\n  - name: c\n",
        "id bigint!; name varchar; amount decimal(18,2)!",
        "version: 2\n\nmodels:\n  # first\n  - name: b\n  - name: a   # the a\n    description: \"{{ doc('a') }}\"\n    columns:\n      - name: ID   \
         # key\n        data_tests: [not_null]\n        data_type: bigint\n        constraints:\n          - type: not_null\n      # about name\n      \
         - name: name\n        data_type: text\n      - name: amount\n        data_type: decimal(18,2)\n        constraints:\n          - type: not_null\n    \
         config:\n      contract:\n        enforced: true\n\n  - name: c\n",
    );
    check(
        "models:\n- name: a\n  config:\n    materialized: table\n    contract: {enforced: false}\n  columns:\n  - name: id\n    constraints: [{type: primary_key}]\n# end",
        "id int!",
        "models:\n- name: a\n  config:\n    materialized: table\n    contract: {enforced: false}\n  columns:\n  - name: id\n    constraints: [{type: primary_key}]\n    \
         data_type: int\n# end",
    );
}

#[test]
fn flow_style_line_ends_and_indents_are_kept() {
    check(
        "models: [{name: a, columns: [{name: id}]}]\n",
        "id int; v decimal(3,1)",
        "models: [{name: a, columns: [{name: id, data_type: int}, {name: v, data_type: \"decimal(3,1)\"}], config: {contract: {enforced: true}}}]\n",
    );
    check(
        "models:\r\n    - name: a\r\n      columns:\r\n        - name: id\r\n",
        "id int",
        "models:\r\n    - name: a\r\n      columns:\r\n        - name: id\r\n          data_type: int\r\n      config:\r\n        contract:\r\n          enforced: true\r\n",
    );
}

#[test]
fn models_and_files_that_are_new() {
    let columns = "id bigint!; \"On\" int; no struct(a int)";
    let expected = "models:\n  - name: a\n    config:\n      contract:\n        enforced: true\n    columns:\n      - name: id\n        data_type: bigint\n        \
                    constraints:\n          - type: not_null\n      - name: \"On\"\n        quote: true\n        data_type: int\n      - name: \"no\"\n        \
                    data_type: struct(a int)\n";
    assert_eq!(with_contract(None, "a", &contract(columns)).unwrap(), expected);
    assert_eq!(alone("a", &contract(columns)), expected);
    check("# nothing yet\n", "id int", &format!("# nothing yet\n{}", alone("a", &contract("id int"))));
    check(
        "sources:\n  - name: raw\n",
        "id int",
        "sources:\n  - name: raw\nmodels:\n  - name: a\n    config:\n      contract:\n        enforced: true\n    columns:\n      - name: id\n        data_type: int\n",
    );
    check(
        "models:\n  - name: b\n",
        "id int",
        "models:\n  - name: b\n  - name: a\n    config:\n      contract:\n        enforced: true\n    columns:\n      - name: id\n        data_type: int\n",
    );
}

#[test]
fn files_that_cannot_be_edited() {
    let refused = |text: &str| with_contract(Some(text), "a", &contract("id int")).unwrap_err();
    assert!(refused("models: [{name: a").contains("did not find expected"), "{}", refused("models: [{name: a"));
    assert_eq!(refused("- models"), "it is no mapping");
    assert_eq!(refused("models: {name: a}"), "`models` is no list");
    assert_eq!(refused("models: [{name: a, versions: [{v: 1}]}]"), "the model has versions, whose columns differ");
    assert_eq!(refused("models: [{name: a, columns: [id]}]"), "an entry of `columns` is no mapping");
    // A list that several models share.
    let shared = "models:\n  - name: b\n    columns: &all\n      - name: id\n  - name: a\n    columns: *all\n";
    assert!(!refused(shared).is_empty());
}
