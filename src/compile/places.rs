//! From a place in compiled SQL back to the file that it was written in.
//!
//! A node's template is rendered once more, with marks. What it renders to must be what was compiled, else there is no
//! place: one that is only likely is never shown.

use super::{CompiledNode, Program};
use crate::diagnostic::Span;
use crate::jinja::origins::{Written, mark};
use crate::jinja::runtime::Phase;
use crate::jinja::warehouse::Session;
use crate::jinja::{Engine, Unit, parse_template};
use crate::manifest::{Language, Node};
use std::ops::Range;
use std::sync::Arc;

impl Program {
    /// Where the byte at `offset` of the compiled SQL of `node` was written: in its own file, or in that of an ephemeral
    /// model in it.
    pub fn source_place(
        self: &Arc<Self>,
        node: &Arc<Node>,
        compiled: &CompiledNode,
        offset: usize,
        session: Option<Arc<dyn Session>>,
    ) -> Option<Span> {
        for (id, text) in &compiled.ctes {
            let start = compiled.code.find(text.as_str())?;
            if (start..start + text.len()).contains(&offset) {
                let inner = self.manifest.node(id)?;
                let own = self.ephemeral(id, session.clone()).ok()?;
                let body = text.len().checked_sub(own.own_code.len() + "\n)".len())?;
                return self.own_place(inner, &own.own_code, (offset - start).checked_sub(body)?, session);
            }
        }
        let (code, own) = (compiled.code.as_str(), compiled.own_code.as_str());
        let in_front = code.bytes().zip(own.bytes()).take_while(|(left, right)| left == right).count();
        let inserted = code.len().checked_sub(own.len())?;
        let offset = if inserted == 0 || offset < in_front { offset } else { offset.checked_sub(inserted)? };
        self.own_place(node, own, offset, session)
    }

    fn own_place(
        self: &Arc<Self>,
        node: &Arc<Node>,
        own_code: &str,
        offset: usize,
        session: Option<Arc<dyn Session>>,
    ) -> Option<Span> {
        // The code of a generic test stands in no file.
        if node.language != Language::Sql || !node.stands_in_sql_file() {
            return None;
        }
        let file: Arc<str> = self.display_path(node).into();
        let body = parse_template(&file, &node.raw_code).ok()?;
        let marked = mark(&node.raw_code, &body);
        let unit = Unit::template(&node.name, &file, &marked.body);
        let scope = Arc::new(self.scope(node, session)?);
        let namespace = self.namespace(node)?;
        let rendered = Engine::new().render(Phase::Execute, &unit, &namespace, scope).ok()?;
        let traced = marked.trace(&rendered.output);
        if traced.output != own_code {
            return None;
        }
        let range = match traced.source_of(offset)? {
            Written::Text(range) => word(&node.raw_code, range),
            Written::Expression(range) => range,
        };
        Some(Span::new(file, self.in_file(node, range)?))
    }

    /// A range of a node's template as a range of its file: a snapshot's template is a part of it.
    fn in_file(&self, node: &Node, range: Range<usize>) -> Option<Range<usize>> {
        match self.manifest.places.get(&node.unique_id) {
            Some(place) if place.start > 0 => Some(range.start + place.start..range.end + place.start),
            _ => Some(range),
        }
    }
}

/// The name at the beginning of a range of text, else its first character.
fn word(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(rest) = text.get(range.clone()) else { return range };
    let length: usize =
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').map(char::len_utf8).sum();
    match length {
        0 => range.start..range.end.min(range.start + rest.chars().next().map_or(0, char::len_utf8)),
        _ => range.start..range.start + length,
    }
}
