//! Docs blocks, and descriptions that use them.
//! Source: <https://docs.getdbt.com/docs/build/documentation#using-docs-blocks>.

use super::DomainInput;
use super::universe::Universe;
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::context::{Pass, function};
use crate::jinja::runtime::{Phase, Scope};
use crate::jinja::value::error::error;
use crate::jinja::value::{Arguments, to_str};
use crate::jinja::{BlockFile, BlockKind, Engine, InternalMacros, MacroLibrary, Unit, parse_blocks, parse_template};
use crate::manifest::{DocsBlock, DomainName, UniqueId};
use crate::project::files::FileKind;
use crate::project::render::has_jinja;
use minijinja::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The docs blocks of a domain's Markdown files.
pub(super) fn parse(input: &DomainInput, diagnostics: &mut Vec<Diagnostic>) -> Vec<DocsBlock> {
    let mut found: Vec<DocsBlock> = Vec::new();
    let mut places: HashMap<UniqueId, Span> = HashMap::new();
    for package in &input.packages {
        let name = package.file.name.as_str();
        for file in package.files.iter().filter(|file| file.file.kind == FileKind::Documentation) {
            let path = &file.file.path;
            let blocks = match parse_blocks(&path.full, &file.text, BlockFile::Docs) {
                Ok(blocks) => blocks,
                Err(diagnostic) => {
                    diagnostics.push(diagnostic);
                    continue;
                }
            };
            for block in blocks.into_iter().filter(|block| block.kind == BlockKind::Docs) {
                let domain = (input.in_mesh && name != input.domain.name.as_str()).then_some(&input.domain.name);
                let unique_id = UniqueId::with_prefix("doc", name, domain, &block.name);
                let place = Span::new(path.full.clone(), block.range.as_usize());
                if let Some(earlier) = places.insert(unique_id.clone(), place.clone()) {
                    diagnostics.push(duplicate(&block.name, place, earlier));
                    continue;
                }
                let contents = file.text.get(block.contents.as_usize()).unwrap_or_default();
                let contents = match rendered(&path.full, contents, block.contents.as_usize().start) {
                    Ok(contents) => contents,
                    Err(diagnostic) => {
                        diagnostics.push(*diagnostic);
                        continue;
                    }
                };
                found.push(DocsBlock {
                    unique_id,
                    domain: Some(input.domain.name.clone()),
                    package_name: name.into(),
                    name: block.name.as_str().into(),
                    path: path.relative.to_string(),
                    original_file_path: path.original.to_string(),
                    block_contents: contents.trim().to_string(),
                });
            }
        }
    }
    found
}

/// A block's text with its Jinja rendered, which sees nothing of dbt's context (`dbt/parser/docs.py`).
fn rendered(file: &Arc<str>, contents: &str, start: usize) -> Result<String, Box<Diagnostic>> {
    if !has_jinja(contents) {
        return Ok(contents.to_string());
    }
    let moved = |mut diagnostic: Diagnostic| {
        let spans = diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary);
        for label in spans {
            label.span.start += start;
            label.span.end += start;
        }
        Box::new(diagnostic)
    };
    let body = parse_template(file, contents).map_err(moved)?;
    let unit = Unit::template("docs", file, &body);
    let namespace = MacroLibrary::new("docs", InternalMacros::none()).namespace("docs");
    let rendered = Engine::new().render(Phase::Execute, &unit, &namespace, Arc::new(NoNames));
    rendered.map(|rendered| rendered.output).map_err(|cause| moved(cause.into_diagnostic()))
}

/// A context without names.
#[derive(Debug)]
struct NoNames;

impl Scope for NoNames {
    fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn duplicate(name: &str, place: Span, earlier: Span) -> Diagnostic {
    let message = format!(
        "dbt found two docs with the name \"{name}\".\n\nSince these resources have the same name, dbt will be unable to find \
         the correct resource\nwhen looking for doc(\"{name}\")."
    );
    Diagnostic::error(ErrorCode::DuplicateName, message)
        .labelled(place, "this one")
        .also(earlier, "and this one")
        .hint("rename one of the two")
}

/// Docs blocks by name.
#[derive(Debug, Default)]
pub(super) struct DocsIndex {
    blocks: Arc<Blocks>,
}

impl DocsIndex {
    pub fn new(blocks: &[DocsBlock]) -> Self {
        let mut index = Blocks::new();
        for block in blocks {
            let entry = (block.package_name.clone(), block.unique_id.clone(), block.block_contents.clone());
            index.entry(block.name.to_string()).or_default().push(entry);
        }
        DocsIndex { blocks: Arc::new(index) }
    }

    /// A description with its templates rendered, and the ids of the docs blocks that it uses.
    pub fn render(
        &self,
        universe: &Universe<'_>,
        package: &str,
        text: &str,
        place: &Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (String, Vec<String>) {
        if !has_jinja(text) {
            return (text.to_string(), Vec::new());
        }
        let used: Arc<Mutex<Vec<String>>> = Arc::default();
        let doc = {
            let (blocks, used) = (self.blocks.clone(), used.clone());
            let (domain, package) = (universe.name().clone(), package.to_string());
            function("doc", move |_, arguments| doc(&blocks, &used, &domain, &package, arguments))
        };
        let scope = universe.scope(Pass::Execute, None).with_local("doc", doc);
        let rendered = parse_template(&place.file, text).and_then(|body| {
            let unit = Unit::template("description", &place.file, &body);
            let namespace = universe.macros.without_macros();
            let rendered = universe.engine.render(Phase::Execute, &unit, &namespace, Arc::new(scope));
            rendered.map_err(|cause| cause.into_diagnostic())
        });
        match rendered {
            Ok(rendered) => {
                let used = std::mem::take(&mut *used.lock().unwrap_or_else(PoisonError::into_inner));
                (rendered.output, used)
            }
            Err(mut diagnostic) => {
                // Places inside of the text say nothing about the file that it stands in.
                diagnostic.primary = None;
                diagnostic.secondary.clear();
                diagnostics.push(diagnostic.at(place.clone()));
                (text.to_string(), Vec::new())
            }
        }
    }
}

/// By name: package, id and text of each.
type Blocks = HashMap<String, Vec<(Arc<str>, UniqueId, String)>>;

fn doc(
    blocks: &Blocks,
    used: &Mutex<Vec<String>>,
    domain: &DomainName,
    package: &str,
    arguments: &[Value],
) -> Result<Value, minijinja::Error> {
    let (wanted, name) = match Arguments::new(arguments).positional() {
        [name] => (None, to_str(name)),
        [package, name] => (Some(to_str(package)), to_str(name)),
        other => {
            return Err(error(format!("doc() takes at most two arguments ({} given)", other.len())));
        }
    };
    let candidates = blocks.get(&name).map(Vec::as_slice).unwrap_or_default();
    let of = |wanted: &str| candidates.iter().find(|(package, _, _)| **package == *wanted);
    let found = match &wanted {
        Some(wanted) => of(wanted),
        None => of(domain.as_str()).or_else(|| of(package)).or_else(|| candidates.first()),
    };
    match found {
        Some((_, id, contents)) => {
            used.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_string());
            Ok(Value::from(contents.as_str()))
        }
        None => {
            let wanted = wanted.map(|wanted| format!("{wanted}.")).unwrap_or_default();
            Err(error(format!("Documentation for '{wanted}{name}' not found")))
        }
    }
}
