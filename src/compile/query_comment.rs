//! The comment that a project puts on every statement.

use super::Program;
use crate::jinja::context::{NodeScope, Pass, StatementComment};
use crate::jinja::runtime::Phase;
use crate::jinja::value::to_str;
use crate::jinja::{BlockFile, Engine, MacroDefinition, parse_blocks};
use crate::manifest::{Domain, Node};
use minijinja::Value;
use std::sync::Arc;

impl Program {
    /// The comment on the statements of `node`, or of a domain as a whole; nothing where the project writes none.
    pub fn statement_comment(
        self: &Arc<Self>,
        domain: &Arc<Domain>,
        node: Option<&Arc<Node>>,
    ) -> Option<StatementComment> {
        let setting = domain.query_comment.as_ref()?;
        let rendered = self.render_comment(domain, node, &setting.template);
        let text = rendered.and_then(|text| match text.contains("*/") {
            true => Err(format!("query comment contains illegal value \"*/\": {text}")),
            false => Ok(text),
        });
        Some(StatementComment { text: text.map(Arc::from).map_err(Arc::from), append: setting.append })
    }

    /// The template is the body of a macro, as in dbt, so that it can `return`.
    fn render_comment(
        self: &Arc<Self>,
        domain: &Arc<Domain>,
        node: Option<&Arc<Node>>,
        template: &str,
    ) -> Result<String, String> {
        let file: Arc<str> = "dbt_project.yml".into();
        let text: Arc<str> =
            format!("{{% macro query_comment_macro(connection_name, node) %}}{template}{{% endmacro %}}").into();
        let blocks = parse_blocks(&file, &text, BlockFile::Macros).map_err(|cause| cause.message)?;
        let block = blocks.into_iter().next().ok_or("the query comment cannot be read")?;
        let definition = MacroDefinition::new(domain.name.as_arc(), &file, &file, &text, block);
        let macros = self.macros.get(&domain.name).ok_or("the domain has no macros")?;
        let namespace = macros.namespace(domain.name.as_str());
        let connection = node.map_or("master".to_string(), |node| node.unique_id.to_string());
        let shown = node.map_or(Value::from(()), |node| self.dict(node, None));
        let scope = NodeScope::new(Pass::Execute, self.invocation.clone(), domain.clone(), None, self.clone());
        let arguments = [Value::from(connection), shown];
        let called = Engine::new().call_macro(Phase::Execute, &definition, &arguments, &namespace, Arc::new(scope));
        called.map(|called| to_str(&called.output)).map_err(|cause| cause.message)
    }
}
