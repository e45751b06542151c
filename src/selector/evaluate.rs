//! A [`SelectorExpr`] applied to a manifest.
//!
//! Owns graph operators, set operators, indirect selection of tests, and the warning when nothing matches.

use super::expression::{Criterion, Expected, Group, IndirectSelection, Matcher, Reach, SelectorExpr, SetOperator};
use super::filter::ResourceFilter;
use super::index::{Direction, Index};
use super::node_set::NodeSet;
use super::suggest::{did_you_mean, in_words};
use super::{Pattern, Selected, Selectors, matching};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::{DomainName, Node, NodeKind, UniqueId};
use crate::state::Comparison;
use std::collections::HashSet;

/// How many unmatched criteria get a suggestion: looking for one takes time linear in the nodes.
const SUGGESTIONS: usize = 20;

/// The domains that a command is restricted to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// `--domain`, or the domain whose folder the command runs in; `None` for the whole mesh.
    ///
    /// A selection keeps only nodes of these domains. Without `--select` that is all of their nodes.
    pub domains: Option<Vec<DomainName>>,
}

impl Scope {
    /// Whether `node` is inside.
    pub fn contains(&self, node: &Node) -> bool {
        self.domains.as_ref().is_none_or(|domains| domains.contains(&node.domain))
    }
}

/// What a selection is evaluated with.
#[derive(Debug, Clone, Copy)]
pub struct SelectionContext<'a, 'm> {
    /// The manifest, prepared.
    pub index: &'a Index<'m>,
    /// The manifest beside an earlier state; over an empty [`crate::state::PreviousState`] when none was given.
    pub comparison: &'a Comparison<'a>,
    /// The domains that count.
    pub scope: &'a Scope,
    /// The selectors that `selector:` can name.
    pub selectors: &'a Selectors,
}

/// The nodes that `expression` selects and `filter` accepts.
pub fn select(expression: &SelectorExpr, filter: &ResourceFilter, context: &SelectionContext) -> Selected {
    let mut evaluation = Evaluation { context, diagnostics: Vec::new(), suggested: 0, opened: Vec::new() };
    let selected = evaluation.expression(expression).direct;
    let mut seen = HashSet::new();
    let mut diagnostics = evaluation.diagnostics;
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.primary.as_ref().map(|label| label.span.clone());
        seen.insert((diagnostic.code, diagnostic.message.clone(), place))
    });
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Selected { diagnostics, ..Selected::default() };
    }
    let nodes = selected.iter().map(|place| context.index.nodes()[place as usize]);
    let kept = nodes.filter(|node| context.scope.contains(node) && filter.accepts(node));
    Selected { selection: kept.map(|node| node.unique_id.clone()).collect(), diagnostics }
}

struct Evaluation<'c, 'a, 'm> {
    context: &'c SelectionContext<'a, 'm>,
    diagnostics: Vec<Diagnostic>,
    suggested: usize,
    /// Names of the selectors that are being evaluated, to find those that name themselves.
    opened: Vec<&'c str>,
}

/// What part of an expression selects: `direct`, and tests that join it if the rest of their nodes turn up.
#[derive(Debug, Default)]
struct Found {
    direct: NodeSet,
    indirect: NodeSet,
}

impl<'c, 'a, 'm> Evaluation<'c, 'a, 'm> {
    fn expression(&mut self, expression: &SelectorExpr) -> Found {
        match expression {
            SelectorExpr::Criterion(criterion) => self.criterion(criterion),
            SelectorExpr::Group(group) => self.group(group),
        }
    }

    /// What the selectors that match `pattern` select together. Their own criteria have decided about tests already.
    fn selectors(&mut self, pattern: &Pattern, text: &str) -> Result<NodeSet, Box<Diagnostic>> {
        let wrong = |message: String| Box::new(Diagnostic::error(ErrorCode::UnknownSelector, message));
        let selectors: &'c Selectors = self.context.selectors;
        let mut named: Vec<_> = selectors.iter().filter(|(name, _)| pattern.matches(name)).collect();
        named.sort_unstable_by_key(|(name, _)| *name);
        if named.is_empty() {
            let near = did_you_mean(text, selectors.iter().map(|(name, _)| name));
            let mut unknown = wrong(format!("Selector '{text}' did not match any selector in selectors.yml"));
            unknown.hints.extend(near.map(|near| format!("did you mean `{near}`?")));
            return Err(unknown);
        }
        let mut sets = Vec::new();
        for (name, selector) in named {
            if self.opened.contains(&name) {
                let circle = [self.opened.as_slice(), &[name]].concat().join(" --> ");
                return Err(wrong(format!("Circular dependency detected in selector: {circle}")));
            }
            self.opened.push(name);
            sets.push(self.expression(&selector.expression).direct);
            self.opened.pop();
        }
        Ok(NodeSet::union(&sets))
    }

    fn criterion(&mut self, criterion: &Criterion) -> Found {
        if let Matcher::Selector { pattern, text } = &criterion.matcher {
            let found = self.selectors(pattern, text).unwrap_or_else(|diagnostic| {
                self.diagnostics.push(match &criterion.span {
                    Some(span) => diagnostic.at(span.clone()),
                    None => *diagnostic,
                });
                NodeSet::default()
            });
            return Found { direct: self.with_relatives(found, criterion), indirect: NodeSet::default() };
        }
        let found = match matching::find(&criterion.matcher, self.context, &mut self.diagnostics) {
            Ok(found) => found,
            Err(diagnostic) => {
                self.diagnostics.push(match &criterion.span {
                    Some(span) => diagnostic.at(span.clone()),
                    None => *diagnostic,
                });
                return Found::default();
            }
        };
        self.with_tests(self.with_relatives(found, criterion), criterion.indirect_selection)
    }

    fn with_relatives(&self, found: NodeSet, criterion: &Criterion) -> NodeSet {
        let walk = |starts: &NodeSet, reach, direction| match reach {
            Reach::Nothing => NodeSet::default(),
            Reach::Steps(steps) => self.context.index.walk(starts, Some(steps), direction),
            Reach::All => self.context.index.walk(starts, None, direction),
        };
        let parents = walk(&found, criterion.parents, Direction::Parents);
        let children = walk(&found, criterion.children, Direction::Children);
        let around = if criterion.childrens_parents {
            let down = NodeSet::union([&found, &walk(&found, Reach::All, Direction::Children)]);
            let up = walk(&down, Reach::All, Direction::Parents);
            NodeSet::union([&down, &up])
        } else {
            NodeSet::default()
        };
        NodeSet::union([&found, &parents, &children, &around])
    }

    /// Adds the tests of what is selected, as the mode has it.
    fn with_tests(&self, selected: NodeSet, mode: IndirectSelection) -> Found {
        if mode == IndirectSelection::Empty {
            return Found { direct: selected, indirect: NodeSet::default() };
        }
        let index = self.context.index;
        let buildable = (mode == IndirectSelection::Buildable).then(|| {
            let sources = index.filter(|node| matches!(node.kind, NodeKind::Source(_)));
            NodeSet::union([&selected, &index.walk(&selected, None, Direction::Parents), &sources])
        });
        let within = buildable.as_ref().unwrap_or(&selected);
        let tests = index.walk(&selected, Some(1), Direction::Children);
        let tests = tests.iter().filter(|place| is_test(index.nodes()[*place as usize]));
        let (direct, indirect): (Vec<u32>, Vec<u32>) =
            tests.partition(|place| mode == IndirectSelection::Eager || self.reads_only(*place, within));
        let direct = NodeSet::union([&selected, &direct.into_iter().collect()]);
        Found { direct, indirect: indirect.into_iter().collect() }
    }

    fn reads_only(&self, place: u32, set: &NodeSet) -> bool {
        let index = self.context.index;
        let known = |id: &UniqueId| index.place(id).is_some_and(|parent| set.contains(parent));
        index.nodes()[place as usize].depends_on.nodes.iter().all(known)
    }

    fn group(&mut self, group: &Group) -> Found {
        let parts: Vec<Found> = group.parts.iter().map(|part| self.expression(part)).collect();
        let direct = combine(group.operator, parts.iter().map(|part| &part.direct));
        let widened: Vec<NodeSet> = parts.iter().map(|part| NodeSet::union([&part.direct, &part.indirect])).collect();
        let indirect = combine(group.operator, &widened);
        let direct = self.with_complete_tests(direct, &indirect, group.indirect_selection);
        if let Some(expected) = &group.expected {
            self.expect(expected, group, &direct);
        }
        Found { direct, indirect }
    }

    /// Adds those of `indirect` whose nodes are all selected by now. dbt leaves unit tests out here: they have one node.
    fn with_complete_tests(&self, direct: NodeSet, indirect: &NodeSet, mode: IndirectSelection) -> NodeSet {
        let index = self.context.index;
        let within = match mode {
            IndirectSelection::Cautious => direct.clone(),
            IndirectSelection::Buildable => NodeSet::union([&direct, &index.walk(&direct, None, Direction::Parents)]),
            IndirectSelection::Eager | IndirectSelection::Empty => return direct,
        };
        let complete = indirect.minus(&direct);
        let complete = complete.iter().filter(|place| {
            !matches!(index.nodes()[*place as usize].kind, NodeKind::UnitTest(_)) && self.reads_only(*place, &within)
        });
        NodeSet::union([&direct, &complete.collect()])
    }

    /// Warns if nothing of `direct` is inside the scope.
    fn expect(&mut self, expected: &Expected, group: &Group, direct: &NodeSet) {
        let nodes = self.context.index.nodes();
        if direct.iter().any(|place| self.context.scope.contains(nodes[place as usize])) {
            return;
        }
        // A state that is missing has been told already.
        if self.diagnostics.iter().any(|diagnostic| diagnostic.code == ErrorCode::StateMissing) {
            return;
        }
        let message = format!("The selection criterion '{}' does not match any enabled nodes", expected.text);
        let mut diagnostic = Diagnostic::warning(ErrorCode::NoNodesForCriterion, message);
        if let Some(span) = &expected.span {
            diagnostic = diagnostic.at(span.clone());
        }
        diagnostic.hints.extend(self.hint(expected, group, direct));
        self.diagnostics.push(diagnostic);
    }

    fn hint(&mut self, expected: &Expected, group: &Group, direct: &NodeSet) -> Option<String> {
        let index = self.context.index;
        if !direct.is_empty() {
            let outside: HashSet<&str> =
                direct.iter().map(|place| index.nodes()[place as usize].domain.as_str()).collect();
            let mut outside: Vec<&str> = outside.into_iter().collect();
            outside.sort_unstable();
            let scope = self.context.scope.domains.iter().flatten().map(DomainName::as_str);
            return Some(format!(
                "it matches nodes of {}, but the command is restricted to {}",
                in_words(outside),
                in_words(scope)
            ));
        }
        if expected.text.starts_with(',') || expected.text.ends_with(',') {
            return Some("write an intersection without spaces around the comma".to_string());
        }
        let [SelectorExpr::Criterion(criterion)] = &group.parts[..] else { return None };
        self.suggested += 1;
        if self.suggested > SUGGESTIONS {
            return None;
        }
        if let Matcher::Fqn(text) = &criterion.matcher {
            let disabled = index.manifest().disabled.values().flatten().find(|node| *node.name == **text);
            if let Some(node) = disabled {
                return Some(format!("{} is disabled", node.unique_id));
            }
        }
        let (written, names) = matching::candidates(&criterion.matcher, index)?;
        did_you_mean(written, names).map(|close| format!("did you mean `{close}`?"))
    }
}

fn is_test(node: &Node) -> bool {
    matches!(node.kind, NodeKind::DataTest(_) | NodeKind::UnitTest(_))
}

fn combine<'s>(operator: SetOperator, sets: impl IntoIterator<Item = &'s NodeSet>) -> NodeSet {
    match operator {
        SetOperator::Union => NodeSet::union(sets),
        SetOperator::Intersection => NodeSet::intersection(sets),
        SetOperator::Difference => {
            let mut sets = sets.into_iter();
            let first = sets.next().cloned().unwrap_or_default();
            first.minus(&NodeSet::union(sets))
        }
    }
}
