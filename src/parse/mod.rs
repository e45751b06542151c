//! From the texts of a domain's files to unresolved nodes.
//!
//! Owns what dbt calls parsing: macros become a library, properties files are laid over what they describe, templates are
//! rendered once to learn what they refer to and how they configure themselves. Pure: reads no file, looks no reference
//! up. Files of one kind are parsed in parallel; the outcome does not depend on the order.

pub mod config;
mod docs;
mod external_location;
mod generic_test;
mod host;
mod macros;
mod microbatch;
mod node;
mod operations;
mod others;
mod overloads;
mod patch;
mod python;
mod relation_name;
mod semantic;
mod source;
mod template;
mod universe;
mod unresolved;
mod unsupported;
mod unused_configs;
mod yaml_renderer;

pub use generic_test::synthesize_names;
pub use macros::internal_macros;
pub use unresolved::{CustomName, ParsedDomain, UnresolvedNode};
pub use yaml_renderer::YamlRenderer;

use crate::diagnostic::{Diagnostic, SourceMap};
use crate::jinja::context::{Invocation, NodeDict};
use crate::jinja::{DomainMacros, InternalMacros};
use crate::manifest::Domain;
use crate::project::files::SourceFile;
use crate::project::project_file::ProjectFile;
use std::sync::Arc;
use universe::Universe;

/// One project of a domain: the domain's own, or one of its packages.
#[derive(Debug, Clone)]
pub struct PackageInput {
    /// Its `dbt_project.yml`.
    pub file: ProjectFile,
    /// Its files.
    pub files: Vec<SourceFile>,
}

/// Everything that parsing one domain needs.
#[derive(Debug, Clone)]
pub struct DomainInput {
    /// The domain.
    pub domain: Arc<Domain>,
    /// Whether there are other domains: ids of its packages' nodes then carry the domain.
    pub in_mesh: bool,
    /// Whether it comes first: the manifest's entries for the macros that the program carries are made once, and say
    /// what these macros call as the first domain sees it.
    pub is_first: bool,
    /// The domain's own project, then its packages.
    pub packages: Vec<PackageInput>,
    /// `defaults:` of `mesh.yml`: configs that are weaker than the project's own.
    pub defaults: crate::project::project_file::Configs,
}

/// What is the same for all domains.
pub struct ParseContext {
    /// The run.
    pub invocation: Arc<Invocation>,
    /// How a node is shown to templates.
    pub node_dict: Arc<NodeDict>,
    /// The macros that the program carries.
    pub internal: Arc<InternalMacros>,
    /// Texts for diagnostics.
    pub sources: Arc<SourceMap>,
}

/// A domain after parsing: what it holds, its macros, and everything that is wrong with it.
pub struct Parsed {
    /// Its nodes and the rest.
    pub domain: ParsedDomain,
    /// Its macros, to compile with.
    pub macros: Arc<DomainMacros>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// The macros of a domain of which nothing else is parsed: those of its files, to compile with.
pub fn library(input: &DomainInput, context: &ParseContext) -> Arc<DomainMacros> {
    Arc::new(macros::parse(input, context, &mut Vec::new()).1)
}

/// Parses one domain.
pub fn parse(input: &DomainInput, context: &ParseContext) -> Parsed {
    let mut diagnostics = Vec::new();
    let blocks = docs::parse(input, &mut diagnostics);
    let (macros, library) = macros::parse(input, context, &mut diagnostics);
    let library = Arc::new(library);
    let universe = Universe::new(input, context, library.clone(), &blocks);
    let properties = patch::read(&universe, &mut diagnostics);
    let macros = macros::describe(macros, &universe, &properties, &mut diagnostics);

    let mut nodes = node::parse(&universe, &properties, &mut diagnostics);
    microbatch::settle(&universe, &mut nodes, &mut diagnostics);
    overloads::settle(&mut nodes, &properties, &mut diagnostics);
    nodes.extend(source::parse(&universe, &properties, &mut diagnostics));
    nodes.extend(generic_test::parse(&universe, &properties, &nodes, &mut diagnostics));
    nodes.extend(others::exposures(&universe, &properties, &mut diagnostics));
    nodes.extend(semantic::parse(&universe, &properties, &nodes, &mut diagnostics));
    nodes.extend(others::unit_tests(&universe, &properties, &nodes, &mut diagnostics));
    let groups = others::groups(&universe, &properties);
    unused_configs::check(&universe, &nodes, &mut diagnostics);
    let operations = operations::parse(&universe, &mut diagnostics);
    let domain = ParsedDomain { domain: input.domain.clone(), nodes, operations, macros, docs: blocks, groups };
    Parsed { domain, macros: library, diagnostics }
}
