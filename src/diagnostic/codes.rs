//! The table of error codes: one line for each, its page beside it in `docs/errors/`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// A stable code for one kind of problem, grouped by phase: MB01 project files, 02 YAML, 03 Jinja, 04 SQL,
        /// 05 refs and graph, 06 mesh, contracts and access, 07 selection, 08 execution, 09 artifacts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])* $name,)*
        }

        impl ErrorCode {
            /// Every code, in order.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The code as it is printed, such as `MB0501`.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $code,)* }
            }

            /// The page of `docs/errors` about this code, as Markdown.
            pub fn page(self) -> &'static str {
                match self { $(ErrorCode::$name => include_str!(concat!("../../docs/errors/", $code, ".md")),)* }
            }
        }
    };
}

error_codes! {
    // 01 project files
    /// No dbt project and no mesh was found.
    NoProject = "MB0101",
    /// A file cannot be read, or is not UTF-8.
    UnreadableFile = "MB0102",
    /// `dbt_project.yml` holds what it may not.
    InvalidProjectFile = "MB0103",
    /// The project asks for another version of dbt.
    VersionRequirement = "MB0104",
    /// A key of `dbt_project.yml` or `profiles.yml` has a new name or place.
    DeprecatedProjectKey = "MB0105",
    /// There is no profile, or none of that name.
    ProfileNotFound = "MB0106",
    /// The profile has no such target.
    TargetNotFound = "MB0107",
    /// The target of a profile holds what it may not.
    InvalidProfile = "MB0108",
    /// The target uses a service that is not supported.
    UnsupportedProfile = "MB0109",
    /// `packages.yml`, `dependencies.yml` or `package-lock.yml` holds what it may not.
    InvalidPackages = "MB0110",
    /// `mesh.yml` holds what it may not.
    InvalidMeshFile = "MB0111",
    /// A domain of the mesh has no dbt project.
    NoDomainFolder = "MB0112",
    /// A package is not installed.
    PackageNotInstalled = "MB0113",
    /// Two lists ask for packages that do not go together.
    PackageConflict = "MB0114",
    /// A package cannot be fetched.
    PackageUnreachable = "MB0115",
    /// The hub has no such package, or no version that will do.
    PackageNotFound = "MB0116",
    /// A git package is not pinned to a revision.
    UnpinnedPackage = "MB0117",
    /// A package of the hub has a new name.
    RedirectedPackage = "MB0118",
    /// The address of a package holds a secret.
    SecretInPackage = "MB0119",
    /// The packages cannot be written to the disk.
    PackagesUnwritable = "MB0120",
    /// An option of the command line is not supported.
    UnsupportedOption = "MB0150",
    /// A command is not supported.
    UnsupportedCommand = "MB0151",
    /// An option or a project's flag cannot have this value.
    BadOptionValue = "MB0152",
    /// An option or an environment variable has a new name.
    DeprecatedOption = "MB0153",

    // 02 YAML
    /// The text is no YAML.
    YamlSyntax = "MB0201",
    /// A key stands twice.
    DuplicateYamlKey = "MB0202",
    /// YAML that the safe loader of PyYAML refuses.
    UnsupportedYaml = "MB0203",
    /// A properties file holds what it may not.
    InvalidProperties = "MB0204",
    /// A data test is not defined in any form that dbt knows.
    InvalidTestDefinition = "MB0205",
    /// A property is written in a deprecated way.
    DeprecatedProperty = "MB0206",

    // 03 Jinja
    /// A template does not parse.
    JinjaSyntax = "MB0301",
    /// A template fails while it is rendered.
    JinjaRender = "MB0302",
    /// A template uses something that is not defined.
    JinjaUndefined = "MB0303",
    /// Two macros of one package have the same name.
    JinjaDuplicateMacro = "MB0304",
    /// A template says `exceptions.warn`.
    JinjaWarning = "MB0305",

    // 04 SQL
    /// Compiled SQL whose references could not be read.
    SqlNotRead = "MB0401",
    /// SQL that the engine cannot parse.
    SqlSyntax = "MB0402",
    /// A column that none of the relations has.
    UnknownColumn = "MB0403",
    /// A column that several relations have.
    AmbiguousColumn = "MB0404",
    /// A function that does not exist.
    UnknownFunction = "MB0405",
    /// Types that do not go together.
    TypeMismatch = "MB0406",
    /// Set operations over different numbers of columns.
    UnionWidth = "MB0407",
    /// A column that is neither grouped nor aggregated.
    NotGrouped = "MB0408",
    /// A qualifier that names nothing in the `from` clause.
    UnknownTableName = "MB0409",
    /// SQL that does not bind for another reason.
    NotBound = "MB0410",
    /// A declared type that the engine does not know.
    UnknownType = "MB0411",

    // 05 refs and graph
    /// A `ref` names nothing.
    UnknownReference = "MB0501",
    /// A `ref` or `source` names something that is disabled.
    DisabledReference = "MB0502",
    /// A `source` names nothing.
    UnknownSource = "MB0503",
    /// A `ref` names nodes of several packages.
    AmbiguousReference = "MB0504",
    /// Two resources share a name.
    DuplicateName = "MB0505",
    /// Two resources of a domain share a relation.
    DuplicateRelation = "MB0506",
    /// Nodes read each other in a circle.
    Cycle = "MB0507",
    /// A node is in a group that is not declared.
    UnknownGroup = "MB0508",
    /// A node reads a model that is private or protected to others.
    AccessDenied = "MB0509",
    /// A properties file speaks of something that does not exist.
    UnusedProperties = "MB0510",
    /// A config has a value that it cannot have.
    InvalidConfig = "MB0511",
    /// An entry of `data_tests` names a test that nobody defines.
    UnknownTest = "MB0512",
    /// A unit test cannot be set up.
    UnitTest = "MB0513",
    /// A text that should be a `ref` or `source` call is none.
    InvalidReference = "MB0514",
    /// The project uses something that is not supported yet.
    Unsupported = "MB0515",
    /// SQL names a table of its own domain without `ref` or `source`.
    HardcodedReference = "MB0516",
    /// Configs of `dbt_project.yml` apply to nothing.
    UnusedConfigPath = "MB0517",
    /// A properties file describes something under the key of another kind.
    WrongPropertiesSection = "MB0518",
    /// A properties file describes a macro that does not exist.
    UnknownMacroProperties = "MB0519",
    /// A microbatch model reads nothing that batches could be cut from.
    UnfilteredBatches = "MB0520",
    /// A metric, semantic model or saved query cannot be computed.
    InvalidMetric = "MB0521",
    /// A Python model is not written as dbt expects.
    InvalidPythonModel = "MB0525",

    // 06 mesh, contracts, access
    /// A node reads a domain that its own domain does not depend on.
    DomainNotDeclared = "MB0601",
    /// A node reads something of another domain that is not a public model.
    ForeignNotPublic = "MB0602",
    /// A one-argument `ref` that only another domain could satisfy.
    ForeignWithoutDomain = "MB0603",
    /// Two domains would write the same relation.
    DomainsShareRelation = "MB0604",
    /// SQL names a table of another domain without `ref`.
    HardcodedForeignReference = "MB0605",
    /// Domains that should share a database have different ones.
    DomainsShareNoDatabase = "MB0606",
    /// A local package is itself a domain of the mesh.
    LocalPackageIsDomain = "MB0607",
    /// A domain is named that the mesh does not have.
    UnknownDomain = "MB0608",
    /// A run reads relations of other domains that were not built.
    ForeignRelationsMissing = "MB0609",
    /// An enforced contract that the SQL does not keep.
    ContractBroken = "MB0610",
    /// A column that is written in a properties file and that the SQL does not give.
    WrittenColumnMissing = "MB0611",
    /// A column whose written type is not that of the SQL.
    WrittenTypeDiffers = "MB0612",
    /// A revision that cannot be compared with.
    RevisionUnreadable = "MB0613",
    /// A waiver that is incomplete or has expired.
    InvalidWaiver = "MB0614",
    /// What a reader says that it needs cannot be read, or names no model that it may read.
    InvalidNeed = "MB0615",
    /// A model does not promise what a reader says that it needs.
    UnmetNeed = "MB0616",
    /// A contract that cannot be written into a properties file.
    ContractNotWritten = "MB0617",

    // 07 selection
    /// A selection criterion cannot be read.
    SelectorSyntax = "MB0701",
    /// A selection criterion names a method that does not exist.
    UnknownSelectorMethod = "MB0702",
    /// The value of a selection method is not one that it takes.
    InvalidSelectorValue = "MB0703",
    /// A selection criterion matches nothing.
    NoNodesForCriterion = "MB0704",
    /// `selectors.yml` cannot be used.
    InvalidSelectorFile = "MB0705",
    /// No selector has the name that was asked for.
    UnknownSelector = "MB0706",
    /// A selection method compares with a state that is not there.
    StateMissing = "MB0707",
    /// A seed is too large to tell whether it has changed.
    SeedTooLargeToCompare = "MB0708",
    /// A contract changed in a way that breaks its readers.
    ContractBreakingChange = "MB0709",
    /// The folder of the earlier state is the target folder itself.
    StateIsTarget = "MB0710",
    /// A command names a node that is not there.
    NoSuchNode = "MB0720",
    /// A command names a column that a node does not have.
    NoSuchColumn = "MB0721",

    // 08 execution
    /// The database file is open in another process.
    DatabaseLocked = "MB0801",
    /// The database file was written by a newer DuckDB.
    DatabaseNewer = "MB0802",
    /// The file at the profile's path is not a DuckDB database.
    NotADatabase = "MB0803",
    /// The database file or its folder does not exist.
    DatabaseMissing = "MB0804",
    /// A DuckDB extension is not installed and cannot be downloaded.
    ExtensionMissing = "MB0805",
    /// A setting, secret or option of the profile was refused by DuckDB.
    EngineSetting = "MB0806",
    /// DuckDB's library is not where it is looked for, or is of another version.
    EngineMissing = "MB0807",
    /// A seed's CSV file cannot be read.
    SeedNotRead = "MB0810",
    /// A node failed while it ran.
    NodeFailed = "MB0811",
    /// A macro called by `run-operation` failed or does not exist.
    OperationFailed = "MB0812",
    /// The run was interrupted.
    RunInterrupted = "MB0813",
    /// The Python that runs a model is missing, or lacks a module.
    PythonMissing = "MB0820",
    /// A Python model raised an exception.
    PythonModelFailed = "MB0821",

    // 09 artifacts
    /// An artifact cannot be written.
    ArtifactNotWritten = "MB0901",
    /// The log file cannot be opened.
    LogFileNotWritten = "MB0902",
}

impl ErrorCode {
    /// What the code is about, in a few words: the first line of its page.
    pub fn title(self) -> &'static str {
        let line = self.page().lines().next().unwrap_or_default();
        line.split_once(": ").map_or(line, |(_, title)| title)
    }

    /// The code that is printed as `text`, if there is one. Case does not matter.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let known = ErrorCode::ALL.iter().find(|code| code.as_str() == text).copied();
        known.ok_or_else(|| D::Error::custom(format!("{text} is no code")))
    }
}
