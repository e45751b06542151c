//! What a selection means, before any manifest is looked at.
//!
//! Owns [`SelectorExpr`] and its parts. Knows no nodes: `evaluate` applies it.

use super::pattern::{PathPattern, Pattern};
use crate::diagnostic::Span;
use crate::manifest::ResourceType;
use crate::state::StateCheck;
use serde_json::Value;
use std::sync::Arc;

/// A selection as a tree: criteria, combined as sets.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectorExpr {
    /// One method with its graph operators.
    Criterion(Arc<Criterion>),
    /// Several selections combined.
    Group(Arc<Group>),
}

/// How the parts of a [`Group`] are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// What any part selects.
    Union,
    /// What all parts select.
    Intersection,
    /// What the first part selects and no other does.
    Difference,
}

/// Selections combined as sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How.
    pub operator: SetOperator,
    /// What; none selects nothing.
    pub parts: Vec<SelectorExpr>,
    /// Which tests come along once all parts are known.
    pub indirect_selection: IndirectSelection,
    /// The text to warn about when nothing is selected; `None` when that needs no warning.
    pub expected: Option<Expected>,
}

/// A piece of the user's text that should select something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// As written.
    pub text: String,
    /// Where, for text from the command line.
    pub span: Option<Span>,
}

/// One method with its graph operators, such as `2+tag:nightly+`.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// As written.
    pub text: String,
    /// Where, for text from the command line.
    pub span: Option<Span>,
    /// What is selected first.
    pub matcher: Matcher,
    /// `@`: all descendants too, and all ancestors of those.
    pub childrens_parents: bool,
    /// `n+` in front: ancestors too.
    pub parents: Reach,
    /// `+n` behind: descendants too.
    pub children: Reach,
    /// Which tests of the selected nodes come along.
    pub indirect_selection: IndirectSelection,
}

/// How far a graph operator goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    #[default]
    Nothing,
    /// At most so many steps.
    Steps(usize),
    /// All the way.
    All,
}

/// Which tests come along with the nodes they test.
/// Source: <https://docs.getdbt.com/reference/node-selection/test-selection-examples#indirect-selection>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IndirectSelection {
    /// A test of any selected node.
    #[default]
    Eager,
    /// A test whose nodes are all selected.
    Cautious,
    /// A test whose nodes are all selected or ancestors of selected ones.
    Buildable,
    /// No test.
    Empty,
}

impl IndirectSelection {
    /// The words, in dbt's order.
    pub const WORDS: [&str; 4] = ["eager", "cautious", "buildable", "empty"];

    /// The mode that dbt calls `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "eager" => IndirectSelection::Eager,
            "cautious" => IndirectSelection::Cautious,
            "buildable" => IndirectSelection::Buildable,
            "empty" => IndirectSelection::Empty,
            _ => return None,
        })
    }
}

/// The methods of selection: what stands before the colon.
/// Source: <https://docs.getdbt.com/reference/node-selection/methods>; `function` and `domain` are meshbuild's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is dbt's word of the same spelling")]
pub enum Method {
    Fqn,
    Tag,
    Group,
    Access,
    Source,
    Path,
    File,
    Package,
    Config,
    TestName,
    TestType,
    ResourceType,
    State,
    Exposure,
    Metric,
    Result,
    SourceStatus,
    Version,
    SemanticModel,
    SavedQuery,
    UnitTest,
    Function,
    Selector,
    Domain,
}

impl Method {
    /// Every method, in dbt's order.
    pub const ALL: [Method; 24] = [
        Method::Fqn,
        Method::Tag,
        Method::Group,
        Method::Access,
        Method::Source,
        Method::Path,
        Method::File,
        Method::Package,
        Method::Config,
        Method::TestName,
        Method::TestType,
        Method::ResourceType,
        Method::State,
        Method::Exposure,
        Method::Metric,
        Method::Result,
        Method::SourceStatus,
        Method::Version,
        Method::SemanticModel,
        Method::SavedQuery,
        Method::UnitTest,
        Method::Function,
        Method::Selector,
        Method::Domain,
    ];

    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Fqn => "fqn",
            Method::Tag => "tag",
            Method::Group => "group",
            Method::Access => "access",
            Method::Source => "source",
            Method::Path => "path",
            Method::File => "file",
            Method::Package => "package",
            Method::Config => "config",
            Method::TestName => "test_name",
            Method::TestType => "test_type",
            Method::ResourceType => "resource_type",
            Method::State => "state",
            Method::Exposure => "exposure",
            Method::Metric => "metric",
            Method::Result => "result",
            Method::SourceStatus => "source_status",
            Method::Version => "version",
            Method::SemanticModel => "semantic_model",
            Method::SavedQuery => "saved_query",
            Method::UnitTest => "unit_test",
            Method::Function => "function",
            Method::Selector => "selector",
            Method::Domain => "domain",
        }
    }

    /// The method called `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Method::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// A method with its value, checked as far as that needs no manifest.
#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    /// `fqn:`, or a bare name.
    Fqn(String),
    /// `tag:`.
    Tag(Pattern),
    /// `group:`.
    Group(Pattern),
    /// `access:`; dbt takes any word and finds nothing for an unknown one.
    Access(String),
    /// `source:`.
    Source {
        /// Package.
        package: Pattern,
        /// Source.
        source: Pattern,
        /// Table.
        table: Pattern,
    },
    /// `path:`, or a bare value with a slash.
    Path(PathPattern),
    /// `file:`, or a bare value that ends like a file's name.
    File(Pattern),
    /// `package:this`.
    ThisPackage,
    /// `package:`.
    Package(Pattern),
    /// `config.<key>.<key>:`.
    Config {
        /// The keys, from the outside in.
        keys: Vec<String>,
        /// The value looked for: text from the command line, any scalar from YAML.
        value: Value,
    },
    /// `test_name:`.
    TestName(Pattern),
    /// `test_type:`.
    TestType(TestType),
    /// `resource_type:`; `None` for dbt's kinds that are never nodes here.
    ResourceType(Option<ResourceType>),
    /// `state:`.
    State(StateCheck),
    /// `exposure:`, `metric:`, `semantic_model:`, `saved_query:`, `unit_test:`, `function:`.
    Named {
        /// Which of them.
        resource_type: ResourceType,
        /// Package.
        package: Pattern,
        /// Name.
        name: Pattern,
    },
    /// `result:`: a status of `run_results.json`.
    Result(String),
    /// `source_status:fresher`; any other word finds nothing, as in dbt.
    SourceStatus(String),
    /// `version:`.
    Version(VersionKind),
    /// `selector:`: what the selectors of `selectors.yml` with such a name select.
    Selector {
        /// The name as written.
        text: String,
        /// The name as a pattern.
        pattern: Pattern,
    },
    /// `domain:`.
    Domain(Pattern),
}

/// Values of `test_type:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestType {
    /// `generic`, or `schema` of old.
    Generic,
    /// `singular`.
    Singular,
    /// `unit`.
    Unit,
    /// `data`: generic and singular.
    Data,
}

/// Values of `version:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionKind {
    /// The version that an unpinned ref means.
    Latest,
    /// Higher than the latest.
    Prerelease,
    /// Lower than the latest.
    Old,
    /// Models without versions.
    None,
}
