use super::*;

const VERSIONS: [&str; 16] = [
    "1.0.0",
    "=1.2.3",
    ">=1.7.0",
    "<2.0.0",
    ">1.0.0",
    "<=1.11.16",
    "<1.11.16",
    ">1.11.16",
    ">=2.0.0",
    "1.11.16",
    "1.12.0-b1",
    "<1.12.0",
    ">=1.12.0-a1",
    "<1.12.0-rc1",
    ">=1.11.16",
    "<1.0.0",
];

/// Row and column: which pairs dbt's `versions_compatible` finds compatible.
const PAIRS: [&str; 16] = [
    "1001011000010100",
    "0101111000010100",
    "0011111111111110",
    "1111111101111111",
    "0111111111111110",
    "1111111001010111",
    "1111111000010101",
    "0011100110111110",
    "0010100110001010",
    "0011110001010110",
    "0011100100101110",
    "1111111101011111",
    "0011100110111110",
    "1111111101111111",
    "0011110111111110",
    "0001011000010101",
];

/// Which pairs it finds compatible with the exact version 1.11.16, in the order of `itertools.combinations`.
const WITH_INSTALLED: &str = "\
    000000000000000000000000000001110001010110110001010110100010\
    101100001010110000000000000000000000000010110000000110000100";

fn version(text: &str) -> VersionSpecifier {
    VersionSpecifier::parse(text).expect("a version")
}

#[test]
fn pairs_are_compatible_where_dbt_says_so() {
    for (row, one) in PAIRS.iter().zip(VERSIONS) {
        for (expected, two) in row.chars().zip(VERSIONS) {
            assert_eq!(compatible([&version(one), &version(two)]), expected == '1', "{one} with {two}");
        }
    }
}

#[test]
fn the_installed_version_is_compatible_where_dbt_says_so() {
    let installed = version(DBT_VERSION);
    let pairs = (0..16).flat_map(|one| (one + 1..16).map(move |two| (VERSIONS[one], VERSIONS[two])));
    for (expected, (one, two)) in WITH_INSTALLED.chars().zip(pairs) {
        assert_eq!(compatible([&installed, &version(one), &version(two)]), expected == '1', "{one} with {two}");
    }
}

#[test]
fn versions_are_read_and_written() {
    for (text, expected) in
        [("1.0.0", "=1.0.0"), (">=1.0.0-b1", ">=1.0.0-b1"), ("1.0.0b1", "=1.0.0-b1"), ("<1.0.0+a.b", "<1.0.0+a.b")]
    {
        assert_eq!(version(text).to_string(), expected);
    }
    for text in ["1.0", "01.0.0", "v1.0.0", ">= 1.0.0", "~1.0.0", "1.0.0-a_b", "", "1.0.0.0", "1.0.x"] {
        let error = VersionSpecifier::parse(text).expect_err(text);
        assert_eq!(error.to_string(), format!("\"{text}\" is not a valid semantic version."));
    }
    let read = parse_requirement([">=1.7.0,<2.0.0", "1.0.0"]).expect("a requirement");
    assert_eq!(read.iter().map(ToString::to_string).collect::<Vec<_>>(), [">=1.7.0", "<2.0.0", "=1.0.0"]);
}
