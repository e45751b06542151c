//! Macros, call blocks and dbt's blocks that are macros too.

use super::{Parsed, Parser};
use crate::jinja::ast::{
    CallBlock, Expression, ExpressionKind, Literal, Macro, MacroKind, Parameter, ParameterType, StatementKind,
};

impl Parser<'_> {
    pub(super) fn call_block(&mut self) -> Parsed<StatementKind> {
        let parameters = if self.at_operator("(") { self.signature()? } else { Vec::new() };
        let call = self.expression()?;
        if !matches!(call.kind, ExpressionKind::Call(..)) {
            return self.fail_at(call.range, "expected call");
        }
        let body = self.outside_of_loops(|parser| parser.whole_body(&["endcall"]))?;
        Ok(StatementKind::Call(Box::new(CallBlock { parameters, call, body })))
    }

    fn outside_of_loops<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let loops = std::mem::take(&mut self.loops);
        let result = parse(self);
        self.loops = loops;
        result
    }

    /// The rest of `{% macro %}` and the blocks like it, after the name of the tag.
    pub(super) fn macro_block(&mut self, tag: &str) -> Parsed<StatementKind> {
        let name = self.macro_name()?;
        let (kind, parameters, adapter, ends): (_, _, _, &'static [&'static str]) = match tag {
            "macro" => (MacroKind::Macro, self.signature()?, None, &["endmacro"]),
            "test" => (MacroKind::Test, self.signature()?, None, &["endtest"]),
            "data_test" => (MacroKind::Test, self.signature()?, None, &["enddata_test"]),
            "docs" => (MacroKind::Docs, Vec::new(), None, &["enddocs"]),
            _ => {
                let (parameters, adapter) = self.materialization_options(&name)?;
                (MacroKind::Materialization, parameters, Some(adapter), &["endmaterialization"])
            }
        };
        let body = self.outside_of_loops(|parser| parser.whole_body(ends))?;
        Ok(StatementKind::Macro(Box::new(Macro { kind, name, parameters, adapter, body })))
    }

    /// A name that can be assigned to.
    fn macro_name(&mut self) -> Parsed<String> {
        let range = self.range();
        match self.expect_name()? {
            "true" | "True" | "false" | "False" | "none" | "None" => self.fail_at(range, "can't assign to 'name'"),
            name => Ok(name.to_string()),
        }
    }

    /// `(name: type = default, ...)`
    fn signature(&mut self) -> Parsed<Vec<Parameter>> {
        self.expect_operator("(")?;
        let mut parameters: Vec<Parameter> = Vec::new();
        while !self.at_operator(")") {
            if !parameters.is_empty() {
                self.expect_operator(",")?;
            }
            let range = self.range();
            let name = self.macro_name()?;
            let annotation = if self.skip_operator(":") { Some(self.parameter_type()?) } else { None };
            let default = if self.skip_operator("=") {
                Some(self.expression()?)
            } else if parameters.iter().any(|parameter| parameter.default.is_some()) {
                return self.fail("non-default argument follows default argument");
            } else {
                None
            };
            parameters.push(Parameter { name, annotation, default, range });
        }
        self.expect_operator(")")?;
        Ok(parameters)
    }

    fn parameter_type(&mut self) -> Parsed<ParameterType> {
        self.nested(|parser| {
            let name = parser.expect_name()?.to_string();
            let mut parameters = Vec::new();
            if parser.skip_operator("[") {
                while !parser.at_operator("]") {
                    if !parameters.is_empty() {
                        parser.expect_operator(",")?;
                    }
                    parameters.push(parser.parameter_type()?);
                }
                parser.expect_operator("]")?;
            }
            Ok(ParameterType { name, parameters })
        })
    }

    /// `, adapter='duckdb', supported_languages=['sql']` or `, default`: the parameters of the macro and the adapter.
    fn materialization_options(&mut self, name: &str) -> Parsed<(Vec<Parameter>, String)> {
        let mut adapter = "default".to_string();
        let mut languages = None;
        while self.skip_operator(",") {
            let range = self.range();
            match self.expect_name()? {
                "default" => {}
                "adapter" => {
                    self.expect_operator("=")?;
                    let value = self.expression()?;
                    let ExpressionKind::Literal(Literal::String(value)) = value.kind else {
                        return self.fail_at(value.range, "the adapter of a materialization has to be a string");
                    };
                    adapter = value;
                }
                "supported_languages" => {
                    self.expect_operator("=")?;
                    languages = Some((range, self.expression()?));
                }
                other => {
                    let message = format!("materialization '{name}' received unknown argument '{other}'.");
                    return self.fail_at(range, message);
                }
            }
        }
        let (range, languages) = languages.unwrap_or_else(|| {
            let range = self.range();
            let sql = Expression { kind: ExpressionKind::Literal(Literal::String("sql".into())), range };
            (range, Expression { kind: ExpressionKind::List(vec![sql]), range })
        });
        let parameter =
            Parameter { name: "supported_languages".into(), annotation: None, default: Some(languages), range };
        Ok((vec![parameter], adapter))
    }
}
