//! What readers say that they need, held against what the models they read promise.

use super::contract::TypeNames;
use super::{Bound, column_graph, promises};
use crate::compile::{Program, SessionEngine};
use crate::diagnostic::{Diagnostic, ErrorCode, Span};
use crate::jinja::warehouse::Session;
use crate::manifest::{Access, Found, Node, UniqueId};
use crate::mesh::contract::{Need, Unmet, needs};

/// The needs of a mesh.
pub(super) struct Needs<'a> {
    program: &'a Program,
    /// Each with its reader and the model that it is about.
    needs: Vec<(&'a Node, UniqueId, Need)>,
    /// What is wrong with those that cannot be judged.
    wrong: Vec<Diagnostic>,
}

impl<'a> Needs<'a> {
    pub fn of(program: &'a Program) -> Self {
        let mut found = Needs { program, needs: Vec::new(), wrong: Vec::new() };
        for node in program.manifest.nodes.values() {
            for need in needs(node) {
                let resolved = need.and_then(|need| Ok((found.model(node, &need)?, need)));
                match resolved {
                    Ok((model, need)) => found.needs.push((node, model, need)),
                    Err(message) => {
                        let message = format!("what {} consumes cannot be judged: {message}", node.unique_id);
                        let hint =
                            "write consumes: [{model: customer.dim_customers, columns: [{name: id, not_null: true}]}]";
                        found.wrong.push(found.told(ErrorCode::InvalidNeed, message, node).hint(hint));
                    }
                }
            }
        }
        found
    }

    /// The model that a need is about.
    fn model(&self, reader: &Node, need: &Need) -> Result<UniqueId, String> {
        let call = &need.model;
        let version = call.version.as_ref().map(|version| format!(".v{version}")).unwrap_or_default();
        let name = format!("{}{version}", call.name);
        match self.program.lookup.reference(&reader.domain, &reader.package_name, call) {
            Found::Node(id) => {
                let node = self.program.manifest.node(&id).filter(|node| node.as_model().is_some());
                let model = node.ok_or_else(|| format!("{id} is no model"))?;
                let readable = model.domain == reader.domain
                    || model.as_model().is_some_and(|model| model.access == Access::Public);
                if readable { Ok(id) } else { Err(format!("{id} is not public")) }
            }
            Found::Disabled(id) => Err(format!("{id} is switched off")),
            Found::Ambiguous(ids) => Err(format!("`{name}` may be one of {} models", ids.len())),
            Found::Missing => match &call.package {
                Some(domain) => Err(format!("there is no model `{name}` in `{domain}`")),
                None => Err(format!("there is no model `{name}` here; of another domain it is `domain.{name}`")),
            },
        }
    }

    /// The types that needs name.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.needs.iter().flat_map(|(_, _, need)| &need.columns).filter_map(|column| column.data_type.as_deref())
    }

    /// Adds to `bound` which needs are not met.
    pub fn judge(self, bound: &mut Bound, names: &TypeNames, session: &dyn Session) {
        bound.diagnostics.extend(self.wrong.iter().cloned());
        if self.needs.is_empty() {
            return;
        }
        let mut promises = promises(&self.program.manifest, bound, &|_| true);
        if self.needs.iter().any(|(_, _, need)| need.columns.iter().any(|column| column.not_null || column.unique)) {
            let graph = column_graph(&self.program.manifest, bound, None, &SessionEngine(session));
            for (_, model, _) in &self.needs {
                promises.entry(model.clone()).and_modify(|promise| promise.infer(model, &graph));
            }
        }
        let type_name = |written: &str| names.of(written).map(str::to_string);
        for (reader, model, need) in &self.needs {
            // What was not bound is not judged.
            let Some(promise) = promises.get(model).filter(|_| bound.nodes.contains_key(model)) else { continue };
            for shortfall in need.lacking(promise, &type_name) {
                let message = format!("{} needs of {model}: {}", reader.unique_id, shortfall.detail);
                let hint =
                    "agree on it with the owner of the model, who promises it by a contract, test or sla, or need less";
                bound.diagnostics.push(self.told(ErrorCode::UnmetNeed, message, reader).hint(hint));
                let (consumer, model) = (reader.unique_id.clone(), model.clone());
                bound.unmet.push(Unmet { consumer, model, shortfall });
            }
        }
    }

    /// Said at the properties file, where needs are written; else at the node.
    fn told(&self, code: ErrorCode, message: String, node: &Node) -> Diagnostic {
        let properties = node.patch_path.as_deref().and_then(|path| path.split_once("://"));
        let place = match (properties, self.program.manifest.places.get(&node.unique_id)) {
            (Some((_, path)), _) => Span::file(self.program.shown_path(&node.domain, path)),
            (None, Some(place)) => place.clone(),
            (None, None) => Span::file(self.program.display_path(node)),
        };
        Diagnostic::error(code, message).for_node(node.unique_id.as_arc().clone()).at(place)
    }
}
