//! Behaviour flags and command-line defaults of `dbt_project.yml` (`dbt/contracts/project.py`, class ProjectFlags).
//!
//! Owns their names and defaults. What a flag does is known where it is read.

use crate::project::yaml::Yaml;

/// A flag about behaviour that dbt changes step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BehaviorFlag {
    /// `require_batched_execution_for_custom_microbatch_strategy`
    BatchedExecutionForCustomMicrobatch,
    /// `require_nested_cumulative_type_params`
    NestedCumulativeTypeParams,
    /// `require_yaml_configuration_for_mf_time_spines`
    YamlConfigurationForTimeSpines,
    /// `require_explicit_package_overrides_for_builtin_materializations`
    ExplicitOverridesOfBuiltinMaterializations,
    /// `require_resource_names_without_spaces`
    ResourceNamesWithoutSpaces,
    /// `source_freshness_run_project_hooks`
    SourceFreshnessRunsHooks,
    /// `skip_nodes_if_on_run_start_fails`
    SkipNodesIfOnRunStartFails,
    /// `state_modified_compare_more_unrendered_values`
    StateComparesUnrenderedValues,
    /// `state_modified_compare_vars`
    StateComparesVars,
    /// `validate_macro_args`
    ValidateMacroArguments,
    /// `require_all_warnings_handled_by_warn_error`
    AllWarningsHandledByWarnError,
    /// `require_generic_test_arguments_property`
    GenericTestArgumentsProperty,
    /// `require_unique_project_resource_names`
    UniqueProjectResourceNames,
    /// `require_ref_searches_node_package_before_root`
    RefSearchesNodePackageBeforeRoot,
}

impl BehaviorFlag {
    /// Every flag.
    pub const ALL: [BehaviorFlag; 14] = [
        Self::BatchedExecutionForCustomMicrobatch,
        Self::ExplicitOverridesOfBuiltinMaterializations,
        Self::ResourceNamesWithoutSpaces,
        Self::SourceFreshnessRunsHooks,
        Self::SkipNodesIfOnRunStartFails,
        Self::StateComparesUnrenderedValues,
        Self::StateComparesVars,
        Self::YamlConfigurationForTimeSpines,
        Self::NestedCumulativeTypeParams,
        Self::ValidateMacroArguments,
        Self::AllWarningsHandledByWarnError,
        Self::GenericTestArgumentsProperty,
        Self::UniqueProjectResourceNames,
        Self::RefSearchesNodePackageBeforeRoot,
    ];

    /// The key below `flags:`, and what holds where it is not set.
    pub fn key_and_default(self) -> (&'static str, bool) {
        match self {
            Self::BatchedExecutionForCustomMicrobatch => {
                ("require_batched_execution_for_custom_microbatch_strategy", false)
            }
            Self::NestedCumulativeTypeParams => ("require_nested_cumulative_type_params", false),
            Self::YamlConfigurationForTimeSpines => ("require_yaml_configuration_for_mf_time_spines", false),
            Self::ExplicitOverridesOfBuiltinMaterializations => {
                ("require_explicit_package_overrides_for_builtin_materializations", true)
            }
            Self::ResourceNamesWithoutSpaces => ("require_resource_names_without_spaces", true),
            Self::SourceFreshnessRunsHooks => ("source_freshness_run_project_hooks", true),
            Self::SkipNodesIfOnRunStartFails => ("skip_nodes_if_on_run_start_fails", false),
            Self::StateComparesUnrenderedValues => ("state_modified_compare_more_unrendered_values", false),
            Self::StateComparesVars => ("state_modified_compare_vars", false),
            Self::ValidateMacroArguments => ("validate_macro_args", false),
            Self::AllWarningsHandledByWarnError => ("require_all_warnings_handled_by_warn_error", false),
            Self::GenericTestArgumentsProperty => ("require_generic_test_arguments_property", true),
            Self::UniqueProjectResourceNames => ("require_unique_project_resource_names", false),
            Self::RefSearchesNodePackageBeforeRoot => ("require_ref_searches_node_package_before_root", false),
        }
    }
}

/// What stands below `flags:`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectFlags {
    tree: Option<Yaml>,
}

impl ProjectFlags {
    /// The flags of a dictionary.
    pub fn new(tree: Option<Yaml>) -> Self {
        ProjectFlags { tree }
    }

    /// Whether a behaviour is on.
    pub fn behavior(&self, flag: BehaviorFlag) -> bool {
        let (key, default) = flag.key_and_default();
        self.get(key).and_then(Yaml::as_bool).unwrap_or(default)
    }

    /// The value of any flag, such as `fail_fast`, `use_colors` or `warn_error_options`.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.tree.as_ref().and_then(|tree| tree.get(key))
    }

    /// All flags as they were written.
    pub fn tree(&self) -> Option<&Yaml> {
        self.tree.as_ref()
    }
}
