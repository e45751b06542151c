//! The syntax tree of a template: Jinja2's grammar as dbt uses it, with the source range of every expression and
//! statement.
//!
//! Owns the node types and the one traversal over them ([`Expression::children`], [`Statement::parts`],
//! [`walk_expressions`]). Never knows how a template is rendered.

use std::ops::Range;

/// A range of bytes in the source text that a tree was parsed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just behind the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range from `start` to `end`, in bytes. Texts beyond 4 GiB are cut to the largest offset.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        TextRange { start: clamp(start), end: clamp(end) }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: TextRange) -> Self {
        TextRange { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range as offsets for slicing.
    pub fn as_usize(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub range: TextRange,
}

/// A value written out in the source.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A string, with its escapes resolved and adjacent strings joined.
    String(String),
    /// A whole number of any size, as decimal digits without leading zeros.
    Integer(String),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// `none`.
    None,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    /// A value written out.
    Literal(Literal),
    /// A variable.
    Name(String),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `(a, b)`
    Tuple(Vec<Expression>),
    /// `{a: b}`
    Dict(Vec<(Expression, Expression)>),
    /// `value.name`
    Attribute(Box<Expression>, String),
    /// `value[key]`
    Item(Box<Expression>, Box<Expression>),
    /// `value[start:stop:step]`
    Slice(Box<Expression>, [Option<Box<Expression>>; 3]),
    /// `function(arguments)`
    Call(Box<Expression>, Vec<Argument>),
    /// `value|name(arguments)`; without a value in `{% filter %}` and `{% set x | name %}`.
    Filter(Option<Box<Expression>>, String, Vec<Argument>),
    /// `value is name(arguments)`
    Test(Box<Expression>, String, Vec<Argument>),
    /// `a + b` and the like.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `a ~ b ~ c`
    Concat(Vec<Expression>),
    /// `a < b <= c`
    Compare(Box<Expression>, Vec<(CompareOperator, Expression)>),
    /// `a and b`
    And(Box<Expression>, Box<Expression>),
    /// `a or b`
    Or(Box<Expression>, Box<Expression>),
    /// `not a`, also the `not` of `is not`.
    Not(Box<Expression>),
    /// `-a`
    Negative(Box<Expression>),
    /// `+a`
    Positive(Box<Expression>),
    /// `value if condition else otherwise`
    Conditional {
        /// What the result is when the condition holds.
        value: Box<Expression>,
        /// The condition.
        condition: Box<Expression>,
        /// What the result is otherwise; undefined if there is none.
        otherwise: Option<Box<Expression>>,
    },
}

/// Arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CompareOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// One argument of a call, filter or test.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `value`
    Positional(Expression),
    /// `name=value`
    Keyword(String, Expression),
    /// `*values`
    Unpacked(Expression),
    /// `**mapping`
    UnpackedMapping(Expression),
}

impl Argument {
    /// The expression that is passed, however it is passed.
    pub fn value(&self) -> &Expression {
        match self {
            Argument::Positional(value)
            | Argument::Keyword(_, value)
            | Argument::Unpacked(value)
            | Argument::UnpackedMapping(value) => value,
        }
    }
}

/// A type annotation of a macro parameter, such as `List[int]` (dbt's own extension of the grammar).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterType {
    /// The name, as written.
    pub name: String,
    /// The types between the brackets.
    pub parameters: Vec<ParameterType>,
}

/// A parameter of a macro or of a call block.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its annotation; it changes nothing when a macro is called.
    pub annotation: Option<ParameterType>,
    /// What it is when the caller leaves it out.
    pub default: Option<Expression>,
    /// Where the name stands.
    pub range: TextRange,
}

/// A statement and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// From the start of its first tag to the end of its last one.
    pub range: TextRange,
}

/// A list of statements.
pub type Body = Vec<Statement>;

/// The kinds of statements.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// Text that is printed as it is.
    Text(String),
    /// `{{ value }}`
    Print(Expression),
    /// `{% do value %}`
    Do(Expression),
    /// `{% for target in iterable if condition recursive %}`
    For(Box<For>),
    /// `{% if %}`, with one arm for itself and one for each `elif`.
    If {
        /// Conditions and what they guard.
        arms: Vec<(Expression, Body)>,
        /// The body of `else`.
        otherwise: Body,
    },
    /// `{% set target = value %}`
    Set(Expression, Expression),
    /// `{% set target | filter %}..{% endset %}`
    SetBlock(Expression, Option<Expression>, Body),
    /// `{% call(parameters) function(arguments) %}`
    Call(Box<CallBlock>),
    /// `{% macro name(parameters) %}` and dbt's blocks that are macros too.
    Macro(Box<Macro>),
    /// `{% with target = value %}`
    With(Vec<(Expression, Expression)>, Body),
    /// `{% filter name %}`
    FilterBlock(Expression, Body),
    /// `{% block name %}`; nothing can extend a template in dbt, so the body stands where it is written.
    Block(Body),
    /// `{% break %}`
    Break,
    /// `{% continue %}`
    Continue,
}

/// `{% for %}`
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// The name or names that each item is assigned to.
    pub target: Expression,
    /// What is walked over.
    pub iterable: Expression,
    /// Items for which this does not hold are left out.
    pub condition: Option<Expression>,
    /// Whether `loop()` may be called.
    pub recursive: bool,
    /// What is done for each item.
    pub body: Body,
    /// What is done when there was no item.
    pub otherwise: Body,
}

/// `{% call %}`
#[derive(Debug, Clone, PartialEq)]
pub struct CallBlock {
    /// Parameters of `caller`.
    pub parameters: Vec<Parameter>,
    /// The call that gets `caller`; always an [`ExpressionKind::Call`].
    pub call: Expression,
    /// What `caller` renders.
    pub body: Body,
}

/// A macro, or one of dbt's blocks that Jinja2 sees as a macro.
#[derive(Debug, Clone, PartialEq)]
pub struct Macro {
    /// Which tag declared it.
    pub kind: MacroKind,
    /// The name as written.
    pub name: String,
    /// Its parameters; a materialization has one, `supported_languages`.
    pub parameters: Vec<Parameter>,
    /// Adapter of a materialization, `default` if it names none.
    pub adapter: Option<String>,
    /// What it renders.
    pub body: Body,
}

/// The tags that declare a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacroKind {
    /// `{% macro %}`
    Macro,
    /// `{% test %}` or `{% data_test %}`
    Test,
    /// `{% materialization %}`
    Materialization,
    /// `{% docs %}`
    Docs,
}

impl Macro {
    /// The name that dbt knows it by: `test_x`, `materialization_x_adapter`, otherwise as written
    /// (`dbt_common/utils/jinja.py`).
    pub fn registered_name(&self) -> String {
        match (self.kind, &self.adapter) {
            (MacroKind::Test, _) => format!("test_{}", self.name),
            (MacroKind::Materialization, adapter) => {
                format!("materialization_{}_{}", self.name, adapter.as_deref().unwrap_or("default"))
            }
            (MacroKind::Macro | MacroKind::Docs, _) => self.name.clone(),
        }
    }

    /// The variable that Jinja2 would hold it in, which dbt prefixes.
    pub fn variable_name(&self) -> String {
        let prefix = if self.kind == MacroKind::Docs { "dbt_docs__" } else { "dbt_macro__" };
        format!("{prefix}{}", self.registered_name())
    }
}

impl Expression {
    /// Calls `visit` with every expression directly below this one, in source order of evaluation.
    pub fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression)) {
        use ExpressionKind::*;
        match &self.kind {
            Literal(_) | Name(_) => {}
            List(items) | Tuple(items) | Concat(items) => items.iter().for_each(visit),
            Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).for_each(visit),
            Attribute(value, _) | Not(value) | Negative(value) | Positive(value) => visit(value),
            Item(first, second) | Binary(_, first, second) | And(first, second) | Or(first, second) => {
                visit(first);
                visit(second);
            }
            Slice(value, bounds) => {
                visit(value);
                bounds.iter().flatten().for_each(|bound| visit(bound));
            }
            Call(function, arguments) => {
                visit(function);
                arguments.iter().map(Argument::value).for_each(visit);
            }
            Filter(value, _, arguments) => {
                value.iter().for_each(|value| visit(value));
                arguments.iter().map(Argument::value).for_each(visit);
            }
            Test(value, _, arguments) => {
                visit(value);
                arguments.iter().map(Argument::value).for_each(visit);
            }
            Compare(first, rest) => {
                visit(first);
                rest.iter().map(|(_, value)| value).for_each(visit);
            }
            Conditional { value, condition, otherwise } => {
                visit(condition);
                visit(value);
                otherwise.iter().for_each(|otherwise| visit(otherwise));
            }
        }
    }

    /// Calls `visit` with this expression and all below it, each before those below it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression)) {
        visit(self);
        self.children(&mut |child| child.walk(visit));
    }
}

/// A part of a statement, see [`Statement::parts`].
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// An expression of the statement itself, targets of assignments included.
    Expression(&'a Expression),
    /// A body inside it.
    Body(&'a Body),
}

impl Statement {
    /// Calls `visit` with every expression and body directly inside the statement, in the order in which Jinja2 walks
    /// over its own tree.
    pub fn parts<'a>(&'a self, visit: &mut dyn FnMut(Part<'a>)) {
        use Part::Expression as Value;
        use StatementKind::*;
        match &self.kind {
            Text(_) | Break | Continue => {}
            Print(value) | Do(value) => visit(Value(value)),
            FilterBlock(filter, body) => {
                visit(Part::Body(body));
                visit(Value(filter));
            }
            For(statement) => {
                visit(Value(&statement.target));
                visit(Value(&statement.iterable));
                visit(Part::Body(&statement.body));
                visit(Part::Body(&statement.otherwise));
                statement.condition.iter().for_each(|condition| visit(Value(condition)));
            }
            If { arms, otherwise } => {
                for (condition, body) in arms {
                    visit(Value(condition));
                    visit(Part::Body(body));
                }
                visit(Part::Body(otherwise));
            }
            Set(target, value) => {
                visit(Value(target));
                visit(Value(value));
            }
            SetBlock(target, filter, body) => {
                visit(Value(target));
                filter.iter().for_each(|filter| visit(Value(filter)));
                visit(Part::Body(body));
            }
            Call(call) => {
                visit(Value(&call.call));
                default_values(&call.parameters).for_each(|default| visit(Value(default)));
                visit(Part::Body(&call.body));
            }
            Macro(definition) => {
                default_values(&definition.parameters).for_each(|default| visit(Value(default)));
                visit(Part::Body(&definition.body));
            }
            With(assignments, body) => {
                assignments.iter().for_each(|(target, _)| visit(Value(target)));
                assignments.iter().for_each(|(_, value)| visit(Value(value)));
                visit(Part::Body(body));
            }
            Block(body) => visit(Part::Body(body)),
        }
    }
}

/// The defaults of the parameters that have one.
pub fn default_values(parameters: &[Parameter]) -> impl Iterator<Item = &Expression> {
    parameters.iter().filter_map(|parameter| parameter.default.as_ref())
}

/// Calls `visit` with every expression anywhere in `body`, each before those below it.
pub fn walk_expressions<'a>(body: &'a [Statement], visit: &mut dyn FnMut(&'a Expression)) {
    for statement in body {
        statement.parts(&mut |part| match part {
            Part::Expression(expression) => expression.walk(visit),
            Part::Body(body) => walk_expressions(body, visit),
        });
    }
}
