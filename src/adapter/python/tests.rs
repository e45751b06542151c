use super::hand_over::carried;
use super::interpreter::choose;
use std::ffi::OsString;
use std::path::PathBuf;

fn chosen(variables: &[(&str, &str)]) -> PathBuf {
    choose(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
}

#[test]
fn the_setting_comes_before_the_active_environment_before_the_path() {
    let (setting, environment) = (("MESHBUILD_PYTHON", "/opt/python"), ("VIRTUAL_ENV", "/venv"));
    assert_eq!(chosen(&[environment, setting]), PathBuf::from("/opt/python"));
    assert_eq!(chosen(&[("MESHBUILD_PYTHON", ""), environment]), PathBuf::from("/venv/bin/python"));
    assert_eq!(chosen(&[]), PathBuf::from("python3"));
}

#[test]
fn types_that_parquet_lacks_travel_as_text() {
    let cases = [
        ("HUGEINT", "VARCHAR"),
        ("INTERVAL[]", "VARCHAR[]"),
        ("STRUCT(a UHUGEINT, \"INTERVAL\" INTEGER)", "STRUCT(a VARCHAR, \"INTERVAL\" INTEGER)"),
        ("MAP(VARCHAR, TIME WITH TIME ZONE)", "MAP(VARCHAR, VARCHAR)"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
        ("ENUM('BIT', 'INTERVAL')", "ENUM('BIT', 'INTERVAL')"),
        ("DECIMAL(10,2)", "DECIMAL(10,2)"),
    ];
    for (data_type, expected) in cases {
        assert_eq!(carried(data_type), expected);
    }
}
