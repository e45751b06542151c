//! Syntax tree -> minijinja source.
//!
//! Whatever Python does differently from minijinja becomes a call of a filter of [`super::value`] (`a + b` becomes
//! `a|__add(b)`): filters are looked up once for each evaluation and no variable can hide them. What is the same in both
//! stays native. minijinja's own macros are not used: bodies of call blocks and inner macros become units of their own,
//! and `__closure` ties them to the variables around them.

use super::ast::{
    Body, CallBlock, Expression, ExpressionKind, For, Macro, Parameter, Statement, StatementKind, TextRange,
};
use super::unit::{Compiled, PrintedPlace, Signature, Unit};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

mod constants;
mod expressions;
mod names;
#[cfg(test)]
mod tests;

use names::{assigned_names, names_read, special_names};

pub(super) use names::source_name;

pub(super) fn print_template(name: &str, file: &Arc<str>, body: &Body) -> Unit {
    Printer::new(name, file, BTreeSet::new(), body).unit(Signature::default(), body)
}

/// A template whose output stays a value: every value that is printed at the top passes through `__native`.
pub(super) fn print_native(name: &str, file: &Arc<str>, body: &Body) -> Unit {
    let mut printer = Printer::new(name, file, BTreeSet::new(), body);
    printer.native = true;
    printer.unit(Signature::default(), body)
}

pub(super) fn print_macro(variable: &str, file: &Arc<str>, parameters: &[Parameter], body: &Body) -> Unit {
    callable(variable, file, Some(variable), parameters, body, BTreeSet::new())
}

/// A unit with parameters. `captured` are the names that it gets from the unit around it.
fn callable(
    template: &str,
    file: &Arc<str>,
    name: Option<&str>,
    parameters: &[Parameter],
    body: &Body,
    captured: BTreeSet<String>,
) -> Unit {
    let special = special_names(parameters, body);
    let mut printer = Printer::new(template, file, captured, body);
    printer.locals.extend(parameters.iter().map(|parameter| parameter.name.clone()));
    printer.locals.extend(special.iter().map(|name| (*name).to_string()));
    let signature = Signature {
        name: name.map(str::to_string),
        parameters: parameters.iter().map(constants::parameter_spec).collect(),
        takes_varargs: special.contains(&"varargs"),
        takes_kwargs: special.contains(&"kwargs"),
        takes_caller: special.contains(&"caller"),
    };
    for parameter in parameters {
        printer.computed_default(parameter);
    }
    printer.unit(signature, body)
}

struct Printer<'a> {
    template: &'a str,
    file: &'a Arc<str>,
    printed: String,
    places: Vec<PrintedPlace>,
    /// Names that a closure has to capture when it mentions them.
    locals: BTreeSet<String>,
    closures: Vec<Arc<Unit>>,
    loops: usize,
    native: bool,
    /// Whether what is being printed is part of something that Jinja2 computes while it compiles, where a slice of what
    /// cannot be sliced is undefined and no error.
    folded: bool,
}

impl<'a> Printer<'a> {
    fn new(template: &'a str, file: &'a Arc<str>, mut locals: BTreeSet<String>, body: &Body) -> Self {
        assigned_names(body, &mut locals);
        Printer {
            template,
            file,
            printed: String::new(),
            places: Vec::new(),
            locals,
            closures: Vec::new(),
            loops: 0,
            native: false,
            folded: false,
        }
    }

    fn unit(mut self, signature: Signature, body: &Body) -> Unit {
        self.body(body);
        Unit {
            template_name: Unit::unique_template_name(self.template),
            file: self.file.clone(),
            printed: self.printed,
            places: self.places.into_boxed_slice(),
            signature,
            closures: self.closures,
            compiled: [Compiled::default(), Compiled::default()],
        }
    }

    fn push(&mut self, text: &str) {
        self.printed.push_str(text);
    }

    fn mark(&mut self, printed_from: usize, source: TextRange) {
        self.places.push(PrintedPlace { printed: TextRange::new(printed_from, self.printed.len()), source });
    }

    /// A default that is no constant may mention the parameters before it, so the unit computes it.
    fn computed_default(&mut self, parameter: &Parameter) {
        if let Some(default) = &parameter.default
            && constants::literal_value(default).is_none()
        {
            let name = names::printed_name(&parameter.name);
            let _ = write!(self.printed, "{{% if {name} is __missing %}}{{% set {name} = ");
            self.expression(default, 0);
            self.push(" %}{% endif %}");
        }
    }

    fn body(&mut self, body: &[Statement]) {
        for statement in body {
            self.statement(statement);
        }
    }

    /// A body whose output is captured, so that it is text in a native template too.
    fn captured_body(&mut self, body: &Body) {
        let native = std::mem::replace(&mut self.native, false);
        self.body(body);
        self.native = native;
    }

    fn statement(&mut self, statement: &Statement) {
        let start = self.printed.len();
        match &statement.kind {
            StatementKind::Text(text) => return self.text(text),
            StatementKind::Print(value) => self.print(value),
            StatementKind::Do(value) => self.tag(&[("{% set __ = ", value, 0)], " %}"),
            StatementKind::Set(target, value) => {
                self.push("{% set ");
                self.target(target);
                self.tag(&[(" = ", value, 0)], " %}");
            }
            StatementKind::SetBlock(target, filter, body) => self.set_block(target, filter.as_ref(), body),
            StatementKind::If { arms, otherwise } => self.conditions(arms, otherwise),
            StatementKind::For(statement) => self.for_loop(statement),
            StatementKind::Call(call) => self.call_block(call),
            StatementKind::Macro(definition) => self.inner_macro(definition),
            StatementKind::With(assignments, body) => self.with(assignments, body),
            StatementKind::FilterBlock(filter, body) => {
                self.tag(&[("{% filter ", filter, 0)], " %}");
                self.captured_body(body);
                self.push("{% endfilter %}");
            }
            StatementKind::Block(body) => return self.body(body),
            StatementKind::Break => self.push("{% break %}"),
            StatementKind::Continue => self.push("{% continue %}"),
        }
        self.mark(start, statement.range);
    }

    fn tag(&mut self, parts: &[(&str, &Expression, u8)], end: &str) {
        for (before, value, binding) in parts {
            self.push(before);
            self.expression(value, *binding);
        }
        self.push(end);
    }

    fn text(&mut self, text: &str) {
        if text.contains("{{") || text.contains("{%") || text.contains("{#") || text.ends_with('{') {
            self.push("{{ ");
            self.string(text);
            self.push(" }}");
        } else {
            self.push(text);
        }
    }

    fn print(&mut self, value: &Expression) {
        let folded = std::mem::replace(&mut self.folded, constants::is_constant(value));
        if self.native && !constants::is_constant(value) {
            self.tag(&[("{{ ", value, expressions::FILTER_OPERAND)], "|__native }}");
        } else {
            self.tag(&[("{{ ", value, 0)], " }}");
        }
        self.folded = folded;
    }

    fn set_block(&mut self, target: &Expression, filter: Option<&Expression>, body: &Body) {
        self.push("{% set ");
        self.target(target);
        if let Some(filter) = filter {
            self.push(" | ");
            self.expression(filter, 0);
        }
        self.push(" %}");
        self.captured_body(body);
        self.push("{% endset %}");
    }

    fn conditions(&mut self, arms: &[(Expression, Body)], otherwise: &Body) {
        for (index, (condition, body)) in arms.iter().enumerate() {
            let tag = if index == 0 { "{% if " } else { "{% elif " };
            self.tag(&[(tag, condition, expressions::NO_CONDITIONAL)], " %}");
            self.body(body);
        }
        if !otherwise.is_empty() {
            self.push("{% else %}");
            self.body(otherwise);
        }
        self.push("{% endif %}");
    }

    fn for_loop(&mut self, statement: &For) {
        self.push("{% for ");
        self.target(&statement.target);
        self.tag(&[(" in ", &statement.iterable, expressions::FILTER_OPERAND)], "|__iter");
        if let Some(condition) = &statement.condition {
            self.tag(&[(" if ", condition, 0)], "");
        }
        self.push(if statement.recursive { " recursive %}" } else { " %}" });
        self.loops += 1;
        self.body(&statement.body);
        self.loops -= 1;
        if !statement.otherwise.is_empty() {
            self.push("{% else %}");
            self.body(&statement.otherwise);
        }
        self.push("{% endfor %}");
    }

    fn with(&mut self, assignments: &[(Expression, Expression)], body: &Body) {
        self.push("{% with ");
        for (index, (target, value)) in assignments.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            let tuple = matches!(target.kind, ExpressionKind::Tuple(_));
            self.push(if tuple { "(" } else { "" });
            self.target(target);
            self.push(if tuple { ")" } else { "" });
            self.tag(&[(" = ", value, 0)], "");
        }
        self.push(" %}");
        self.body(body);
        self.push("{% endwith %}");
    }

    fn call_block(&mut self, call: &CallBlock) {
        let caller = self.closure(None, &call.parameters, &call.body);
        self.push("{{ ");
        let start = self.printed.len();
        if let ExpressionKind::Call(function, arguments) = &call.call.kind {
            self.call(function, arguments, Some(&caller));
        }
        self.mark(start, call.call.range);
        self.push(if self.native { "|__native }}" } else { " }}" });
    }

    fn inner_macro(&mut self, definition: &Macro) {
        let variable = definition.variable_name();
        let closure = self.closure(Some(&variable), &definition.parameters, &definition.body);
        let _ = write!(self.printed, "{{% set {} = {closure} %}}", names::printed_name(&variable));
    }

    /// Makes a unit of `body` and gives the expression that ties it to the variables it mentions.
    fn closure(&mut self, name: Option<&str>, parameters: &[Parameter], body: &Body) -> String {
        let mut captured = names_read(parameters, body);
        let in_loop = self.loops > 0;
        captured.retain(|name| self.locals.contains(name) || (in_loop && name == "loop"));
        for parameter in parameters {
            captured.remove(&parameter.name);
        }
        for special in special_names(parameters, body) {
            captured.remove(special);
        }
        let mut expression = format!("(0|__closure({}", self.closures.len());
        for name in &captured {
            let printed = names::printed_name(name);
            let _ = write!(expression, ",\"{printed}\",{printed}");
        }
        expression.push_str("))");
        let template = format!("{}/{}", self.template, self.closures.len());
        let unit = callable(&template, self.file, name, parameters, body, captured);
        self.closures.push(Arc::new(unit));
        expression
    }

    fn target(&mut self, target: &Expression) {
        let items = match &target.kind {
            ExpressionKind::Tuple(items) => items,
            ExpressionKind::Attribute(namespace, name) => {
                self.expression(namespace, expressions::POSTFIX);
                self.push(".");
                return self.push(name);
            }
            _ => return self.expression(target, 0),
        };
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            let nested = matches!(item.kind, ExpressionKind::Tuple(_));
            self.push(if nested { "(" } else { "" });
            self.target(item);
            self.push(if nested { ")" } else { "" });
        }
        if items.len() == 1 {
            self.push(",");
        }
    }
}
