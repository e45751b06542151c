//! The table of error codes: one line for each, its page beside it in `docs/errors/`.

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

    // 04 SQL

    // 05 refs and graph

    // 06 mesh, contracts, access

    // 07 selection

    // 08 execution

    // 09 artifacts
}

impl ErrorCode {
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
