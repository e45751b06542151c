//! What compiled SQL really reads: names written by hand, and the columns of other domains that are used.

use super::{CompiledNode, Program};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{DomainName, Language, Node, NodeKind, UniqueId};
use crate::sql::{NoColumns, References, SqlEngine, TableReference, UsedColumns, references_with_engine};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What is wrong with the tables that a statement names.
#[derive(Debug, Clone)]
pub enum SqlFinding {
    /// The run goes on.
    Warning(Diagnostic),
    /// The node does not run.
    Error(Diagnostic),
}

/// The columns of another domain's product that a node uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossDomainRead {
    /// Who reads.
    pub reader: UniqueId,
    /// What is read.
    pub product: UniqueId,
    /// The columns by name; `None` where all are read or syntax alone cannot tell.
    pub columns: Option<Vec<String>>,
}

/// What was found in all statements of a run.
#[derive(Debug, Default)]
pub struct SqlReferences {
    /// (database, schema, identifier) in lower case, of everything that the mesh builds or declares.
    relations: OnceLock<HashMap<(String, String, String), UniqueId>>,
    /// The same by identifier alone.
    names: OnceLock<Names>,
    cross_domain: Mutex<Vec<CrossDomainRead>>,
    unparsed: Mutex<Vec<UniqueId>>,
}

impl SqlReferences {
    /// Reads the SQL of a node: records what it uses of other domains, and finds tables that it names by hand.
    /// `engine` is asked about statements that sqlparser cannot read.
    pub fn check(
        &self,
        program: &Program,
        node: &Node,
        compiled: &CompiledNode,
        engine: &dyn SqlEngine,
    ) -> Vec<SqlFinding> {
        if !matches!(node.kind, NodeKind::Model(_) | NodeKind::Snapshot(_) | NodeKind::DataTest(_))
            || node.language == Language::Python
            || compiled.code.is_empty()
            || stays_at_home(program, node)
            || !self.may_find(program, node, compiled)
        {
            return Vec::new();
        }
        let found = references_with_engine(&compiled.code, &NoColumns, engine);
        if found.unparsed.iter().any(|unparsed| unparsed.statement) {
            self.unparsed.lock().unwrap_or_else(PoisonError::into_inner).push(node.unique_id.clone());
        }
        self.record(program, node, &found);
        if matches!(node.kind, NodeKind::DataTest(_)) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for read in &found.reads {
            let Some(target) = self.target(program, node, &read.table) else { continue };
            if target == node.unique_id || node.depends_on.nodes.contains(&target) {
                continue;
            }
            // What an ephemeral model reads stands in the SQL of its readers.
            let inside = compiled.ctes.iter().filter_map(|(id, _)| program.manifest.node(id));
            if inside.into_iter().any(|inner| inner.depends_on.nodes.contains(&target)) {
                continue;
            }
            findings.extend(finding(program, node, &read.table, &target));
        }
        findings
    }

    /// Whether reading the SQL can come to anything: it names what the node does not declare, or the node reads another
    /// domain. Looking for names costs a fraction of parsing.
    fn may_find(&self, program: &Program, node: &Node, compiled: &CompiledNode) -> bool {
        // What an ephemeral model reads stands in the SQL of its readers.
        let inside = compiled.ctes.iter().filter_map(|(id, _)| program.manifest.node(id));
        let inside = inside.flat_map(|inner| &inner.depends_on.nodes);
        let declared: HashSet<&UniqueId> = node.depends_on.nodes.iter().chain(inside).collect();
        let is_foreign = |id: &UniqueId| program.manifest.node(id).is_some_and(|read| read.domain != node.domain);
        if declared.iter().any(|id| is_foreign(id)) {
            return true;
        }
        let names = self.names.get_or_init(|| Names::of(program));
        names.of_text(&compiled.code, |id| *id != node.unique_id && !declared.contains(id))
    }

    /// What was used of other domains, in the order of readers.
    pub fn cross_domain(&self) -> Vec<CrossDomainRead> {
        let mut reads = self.cross_domain.lock().unwrap_or_else(PoisonError::into_inner).clone();
        reads.sort_by(|left, right| (&left.reader, &left.product).cmp(&(&right.reader, &right.product)));
        reads
    }

    /// Nodes whose SQL could not be read.
    pub fn unparsed(&self) -> Vec<UniqueId> {
        let mut ids = self.unparsed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ids.sort();
        ids
    }

    fn record(&self, program: &Program, node: &Node, found: &References) {
        for used in found.by_relation() {
            let Some(product) = self.target(program, node, &used.table) else { continue };
            let is_foreign = program.manifest.node(&product).is_some_and(|product| product.domain != node.domain);
            if !is_foreign {
                continue;
            }
            let columns = match used.columns {
                UsedColumns::Named(names) => Some(names.into_iter().map(|column| column.name).collect()),
                UsedColumns::All | UsedColumns::Unknown => None,
            };
            let read = CrossDomainRead { reader: node.unique_id.clone(), product, columns };
            self.cross_domain.lock().unwrap_or_else(PoisonError::into_inner).push(read);
        }
    }

    /// The node that a name in SQL stands for. A name without database or schema is completed as DuckDB does: the
    /// database of the run, the schema `main`; a two-part name can also be a database and a table.
    fn target(&self, program: &Program, node: &Node, table: &TableReference) -> Option<UniqueId> {
        let relations = self.relations.get_or_init(|| index(program));
        let database = node.relation.as_ref().and_then(|relation| relation.database.clone())?.to_lowercase();
        let (own_database, schema, name) = table.key();
        let candidates = match (own_database, schema) {
            (Some(database), Some(schema)) => vec![(database, schema, name)],
            (_, Some(schema)) => vec![(database, schema.clone(), name.clone()), (schema, "main".to_string(), name)],
            (_, None) => vec![(database, "main".to_string(), name)],
        };
        candidates.iter().find_map(|key| relations.get(key)).cloned()
    }
}

fn index(program: &Program) -> HashMap<(String, String, String), UniqueId> {
    let mut relations = HashMap::new();
    let built = |node: &&std::sync::Arc<Node>| {
        (node.resource_type().is_refable() && !node.is_ephemeral()) || node.as_source().is_some()
    };
    for node in program.manifest.nodes.values().filter(built) {
        if let Some(relation) = &node.relation {
            // Where a source declares what a model builds, the model is what is read.
            let key = relation.key();
            if node.as_source().is_none() || !relations.contains_key(&key) {
                relations.insert(key, node.unique_id.clone());
            }
        }
    }
    relations
}

/// Identifiers of relations in lower case, and whose they are.
#[derive(Debug, Default)]
struct Names {
    /// Those that are one word.
    words: HashMap<String, Vec<UniqueId>>,
    /// All others.
    phrases: Vec<(String, UniqueId)>,
}

impl Names {
    fn of(program: &Program) -> Self {
        let mut names = Names::default();
        for ((_, _, identifier), id) in index(program) {
            if identifier.chars().all(is_of_word) {
                names.words.entry(identifier).or_default().push(id);
            } else {
                names.phrases.push((identifier, id));
            }
        }
        names
    }

    /// Whether `text` has an identifier of something that is `wanted`, wherever it stands.
    fn of_text(&self, text: &str, wanted: impl Fn(&UniqueId) -> bool) -> bool {
        let text = text.to_lowercase();
        let of_word = |word: &str| self.words.get(word).is_some_and(|ids| ids.iter().any(&wanted));
        if text.split(|character| !is_of_word(character)).any(of_word) {
            return true;
        }
        if self.phrases.is_empty() {
            return false;
        }
        let text = text.replace("\"\"", "\"");
        self.phrases.iter().any(|(phrase, id)| text.contains(phrase) && wanted(id))
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// Whether a node is a generic test of what its own domain has: its macro reads what it is told, and nothing else.
fn stays_at_home(program: &Program, node: &Node) -> bool {
    let is_generic = node.as_data_test().is_some_and(|test| test.metadata.is_some());
    let is_own = |id: &UniqueId| program.manifest.node(id).is_some_and(|read| read.domain == node.domain);
    is_generic && node.depends_on.nodes.iter().all(is_own)
}

fn finding(program: &Program, node: &Node, table: &TableReference, target: &UniqueId) -> Option<SqlFinding> {
    let read = program.manifest.node(target)?;
    let written = [table.database.as_deref(), table.schema.as_deref(), Some(table.name.as_str())];
    let written: Vec<&str> = written.into_iter().flatten().collect();
    let written = written.join(".");
    let line = line_to_write(&node.domain, read);
    let is_foreign = read.domain != node.domain;
    let message = format!("{} reads {written}, which is {target}, by a name written by hand", node.unique_id);
    let diagnostic = if is_foreign {
        Diagnostic::error(ErrorCode::HardcodedForeignReference, message)
    } else {
        Diagnostic::warning(ErrorCode::HardcodedReference, message)
    };
    let file = program.display_path(node);
    let place = node.raw_code.find(&written).map(|start| start..start + written.len());
    let diagnostic = match place {
        Some(range) => diagnostic.at(crate::diagnostic::Span::new(file, range)),
        None => diagnostic.at(crate::diagnostic::Span::file(file)),
    };
    let diagnostic = diagnostic.hint(format!("write {line}")).for_node(node.unique_id.as_arc().clone());
    Some(if is_foreign { SqlFinding::Error(diagnostic) } else { SqlFinding::Warning(diagnostic) })
}

fn line_to_write(reader: &DomainName, read: &Node) -> String {
    match read.as_source() {
        Some(source) => format!("{{{{ source('{}', '{}') }}}}", source.source_name, read.name),
        None if read.domain != *reader => format!("{{{{ ref('{}', '{}') }}}}", read.domain, read.name),
        None => format!("{{{{ ref('{}') }}}}", read.name),
    }
}

#[cfg(test)]
mod tests;
