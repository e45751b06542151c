//! Macros: those the program carries, and those of a domain's files.

use super::patch::Properties;
use super::universe::Universe;
use super::{DomainInput, ParseContext};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::extract::PossibleMacroCall;
use crate::jinja::{BlockFile, BlockKind, DomainMacros, InternalMacros, MacroDefinition, MacroLibrary, parse_blocks};
use crate::manifest::{JsonMap, Macro, MacroArgument, UniqueId};
use crate::project::files::FileKind;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// The packages of macros that the program carries, the more specific one first.
pub const INTERNAL_PACKAGES: [&str; 2] = ["dbt_duckdb", "dbt"];

/// Reads the macros that the program carries: (package, path below the package's root, text).
///
/// # Errors
/// When one of them does not parse.
pub fn internal_macros(files: &[(&str, &str, &str)]) -> Result<Arc<InternalMacros>, Diagnostic> {
    let parsed: Result<Vec<Vec<Arc<MacroDefinition>>>, Diagnostic> = files
        .par_iter()
        .map(|(package, path, text)| {
            definitions(package, path, &format!("macros/{package}/{path}"), text, BlockFile::Macros)
        })
        .collect();
    InternalMacros::new(&INTERNAL_PACKAGES, parsed?.into_iter().flatten())
}

fn definitions(
    package: &str,
    path: &str,
    file: &str,
    text: &str,
    sort: BlockFile,
) -> Result<Vec<Arc<MacroDefinition>>, Diagnostic> {
    let (package, path, file): (Arc<str>, Arc<str>, Arc<str>) = (package.into(), path.into(), file.into());
    let text: Arc<str> = text.into();
    let blocks = parse_blocks(&file, &text, sort)?;
    Ok(blocks.into_iter().map(|block| MacroDefinition::new(&package, &path, &file, &text, block)).collect())
}

/// All macros of a domain, as a library to render with, and those for which the domain makes the manifest's entries.
pub(super) fn parse(
    input: &DomainInput,
    context: &ParseContext,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Arc<MacroDefinition>>, DomainMacros) {
    let files: Vec<_> = input
        .packages
        .iter()
        .flat_map(|package| package.files.iter().map(move |file| (package.file.name.as_str(), file)))
        .filter_map(|(package, file)| match file.file.kind {
            FileKind::Macro => Some((package, file, BlockFile::Macros)),
            FileKind::GenericTest => Some((package, file, BlockFile::GenericTests)),
            _ => None,
        })
        .collect();
    let parsed: Vec<_> = files
        .par_iter()
        .map(|(package, file, sort)| {
            let path = &file.file.path;
            definitions(package, &path.original, &path.full, &file.text, *sort)
        })
        .collect();
    let mut library = MacroLibrary::new(input.domain.name.as_str(), context.internal.clone());
    let mut described: Vec<Arc<MacroDefinition>> = Vec::new();
    if input.is_first {
        described.extend(context.internal.definitions().cloned());
    }
    for outcome in parsed {
        match outcome {
            Err(diagnostic) => diagnostics.push(diagnostic),
            Ok(definitions) => {
                for definition in definitions {
                    match library.add(definition.clone()) {
                        Ok(()) => described.push(definition),
                        Err(diagnostic) => diagnostics.push(diagnostic),
                    }
                }
            }
        }
    }
    (described, DomainMacros::new(library, &input.domain.packages))
}

/// The manifest's entries for the macros of a domain, with what properties files say of them.
pub(super) fn describe(
    definitions: Vec<Arc<MacroDefinition>>,
    universe: &Universe<'_>,
    properties: &[Properties],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Macro> {
    let mut macros: Vec<Macro> = definitions.par_iter().map(|definition| entry(definition, universe)).collect();
    let index: HashMap<(Arc<str>, Arc<str>), usize> = macros
        .iter()
        .enumerate()
        .map(|(index, entry)| ((entry.package_name.clone(), entry.name.clone()), index))
        .collect();
    for file in properties {
        for described in &file.content.macros {
            let key = (file.package.clone(), described.name.value.clone());
            let Some(entry) = index.get(&key).map(|index| &mut macros[*index]) else {
                let message = format!("Found patch for macro \"{}\" which was not found", described.name.as_str());
                let warning = Diagnostic::warning(ErrorCode::UnknownMacroProperties, message);
                diagnostics
                    .push(warning.at(described.name.span.clone()).hint("correct the name, or take the entry out"));
                continue;
            };
            let described_as = described.description.as_ref().map_or("", |text| text.as_str());
            entry.description =
                universe.docs.render(universe, &file.package, described_as, &described.span, diagnostics).0;
            let in_config = described.config.as_ref().and_then(|config| config.get("meta"));
            let meta = described.meta.as_ref().or(in_config).map(|meta| meta.to_json());
            entry.meta = meta.and_then(|meta| meta.as_object().cloned()).unwrap_or_default();
            entry.patch_path = Some(file.patch_path());
            let show = described.docs.as_ref().and_then(|docs| docs.get("show")).and_then(|show| show.as_bool());
            entry.show_in_docs = show.unwrap_or(true);
            entry.arguments = described
                .arguments
                .iter()
                .map(|argument| MacroArgument {
                    name: argument.name.as_str().to_string(),
                    data_type: argument.type_name.as_ref().map(|name| name.as_str().to_string()),
                    description: argument
                        .description
                        .as_ref()
                        .map(|text| text.as_str().to_string())
                        .unwrap_or_default(),
                })
                .collect();
        }
    }
    macros
}

/// The macros that a call in a macro of `package` may reach, as dbt finds them without rendering.
fn resolve_call(universe: &Universe<'_>, package: &str, call: &PossibleMacroCall) -> Option<Arc<MacroDefinition>> {
    let library = &universe.macros.library;
    match call {
        PossibleMacroCall::Named(name) => library.resolve(package, name).cloned(),
        PossibleMacroCall::OfPackage(other, name) => of_package(library, other, name),
        PossibleMacroCall::Dispatch { name, namespace } => {
            let prefixed = ["duckdb", "default"].map(|prefix| format!("{prefix}__{name}"));
            let Some(namespace) = namespace else {
                return prefixed.iter().find_map(|name| library.resolve(package, name).cloned());
            };
            let root = universe.name().as_str();
            let order: Vec<&str> = match universe.input.domain.dispatch.get(namespace) {
                Some(order) => order.iter().map(String::as_str).collect(),
                None => vec![root, namespace],
            };
            let found = |package: &&str| prefixed.iter().find_map(|name| of_package(library, package, name));
            order.iter().find_map(found)
        }
    }
}

/// A macro of a package; those of dbt are spread over two.
fn of_package(library: &MacroLibrary, package: &str, name: &str) -> Option<Arc<MacroDefinition>> {
    let packages: &[&str] = if package == "dbt" { &INTERNAL_PACKAGES } else { &[package] };
    packages.iter().find_map(|package| library.by_unique_id(&format!("macro.{package}.{name}")).cloned())
}

fn entry(definition: &Arc<MacroDefinition>, universe: &Universe<'_>) -> Macro {
    let is_internal = INTERNAL_PACKAGES.contains(&&*definition.package);
    let id = |definition: &MacroDefinition| {
        if INTERNAL_PACKAGES.contains(&&*definition.package) {
            UniqueId::from(definition.unique_id.clone())
        } else {
            universe.id("macro", &definition.package, &definition.name)
        }
    };
    let mut depends_on = Vec::new();
    for call in definition.possible_calls() {
        if let Some(called) = resolve_call(universe, &definition.package, call) {
            let called = id(&called);
            if !depends_on.contains(&called) {
                depends_on.push(called);
            }
        }
    }
    Macro {
        unique_id: id(definition),
        domain: (!is_internal).then(|| universe.name().clone()),
        package_name: definition.package.clone(),
        name: definition.name.clone(),
        macro_sql: definition.macro_sql().into(),
        original_file_path: definition.path.clone(),
        depends_on,
        description: String::new(),
        meta: JsonMap::new(),
        arguments: Vec::new(),
        patch_path: None,
        supported_languages: (definition.block.kind == BlockKind::Materialization)
            .then(|| definition.block.supported_languages.clone()),
        show_in_docs: true,
    }
}
