//! What dbt calls the warnings that it has as well.

use crate::diagnostic::ErrorCode;

/// An event of dbt's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarningEvent {
    /// Its name; of what dbt does not have, our code.
    pub name: &'static str,
    /// Its code.
    pub code: &'static str,
    /// Whether it is one of dbt's deprecations.
    pub is_deprecation: bool,
}

/// dbt's event for a warning with this code.
pub fn warning_event(code: ErrorCode) -> WarningEvent {
    let (name, number, is_deprecation) = match code {
        ErrorCode::NoNodesForCriterion => ("NoNodesForSelectionCriteria", "M030", false),
        ErrorCode::UnusedConfigPath => ("UnusedResourceConfigPath", "I051", false),
        ErrorCode::WrongPropertiesSection => ("WrongResourceSchemaFile", "I057", false),
        ErrorCode::UnusedProperties => ("NoNodeForYamlKey", "I058", false),
        ErrorCode::UnknownMacroProperties => ("MacroNotFoundForPatch", "I059", false),
        ErrorCode::DisabledReference | ErrorCode::UnknownReference => ("NodeNotFoundOrDisabled", "I060", false),
        ErrorCode::JinjaWarning => ("JinjaLogWarning", "I061", false),
        ErrorCode::DuplicateYamlKey => ("DuplicateYAMLKeysDeprecation", "D024", true),
        ErrorCode::DeprecatedProperty => ("CustomKeyInConfigDeprecation", "D026", true),
        ErrorCode::DeprecatedProjectKey => ("ConfigSourcePathDeprecation", "D003", true),
        ErrorCode::DeprecatedOption => ("ModelParamUsageDeprecation", "D032", true),
        ErrorCode::StateIsTarget => ("WarnStateTargetEqual", "I072", false),
        ErrorCode::UnpinnedPackage => ("DepsUnpinned", "M029", false),
        ErrorCode::SecretInPackage => ("DepsScrubbedPackageName", "M035", false),
        ErrorCode::RedirectedPackage => ("PackageRedirectDeprecation", "D001", true),
        other => (other.as_str(), other.as_str(), false),
    };
    WarningEvent { name, code: number, is_deprecation }
}
