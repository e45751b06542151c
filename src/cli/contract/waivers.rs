//! `governance/waivers.yml`: breaking changes that somebody answers for, until a day.

use crate::cli::Failed;
use crate::cli::load::Loaded;
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::manifest::UniqueId;
use crate::mesh::contract::ChangeKind;
use crate::project::yaml::{Yaml, load};
use std::sync::Arc;

/// Where waivers stand, relative to the mesh's root.
const FILE: &str = "governance/waivers.yml";
const KEYS: [&str; 5] = ["rule", "model", "reason", "owner", "expires"];

/// The waivers of a mesh.
#[derive(Debug, Default)]
pub(super) struct Waivers(Vec<Waiver>);

#[derive(Debug)]
struct Waiver {
    rule: String,
    model: String,
    shown: String,
}

impl Waivers {
    /// Who answers for what a rule says of a model, and why, where somebody does.
    pub fn of(&self, rule: ChangeKind, model: &UniqueId) -> Option<&str> {
        let id = model.as_str();
        let found = self.0.iter().find(|waiver| {
            waiver.rule == rule.as_str() && (waiver.model == id || id.ends_with(&format!(".{}", waiver.model)))
        });
        found.map(|waiver| waiver.shown.as_str())
    }
}

/// Reads the file. A waiver that is incomplete or has expired is an error.
pub(super) fn read(loaded: &Loaded, today: &str) -> Result<Waivers, Failed> {
    let tree = &loaded.workspace.tree;
    if !tree.is_file(FILE) {
        return Ok(Waivers::default());
    }
    let file: Arc<str> = FILE.into();
    let text = tree.read_text(FILE).map_err(|cause| Failed(vec![cause.into()]))?;
    loaded.setup.sources.insert(file.clone(), text.clone());
    let mut diagnostics = Vec::new();
    let root = load(&file, &text, &mut diagnostics).ok().flatten();
    let entries = root.as_ref().and_then(|root| root.get("waivers")).and_then(Yaml::as_seq).unwrap_or_default();
    let mut waivers = Vec::new();
    for entry in entries {
        match waiver(entry, today) {
            Ok(waiver) => waivers.push(waiver),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if errors.is_empty() { Ok(Waivers(waivers)) } else { Err(Failed(errors)) }
}

fn waiver(entry: &Yaml, today: &str) -> Result<Waiver, Box<Diagnostic>> {
    let refused = |message: String, hint: &str| {
        Box::new(Diagnostic::error(ErrorCode::InvalidWaiver, message).at(entry.span.clone()).hint(hint))
    };
    let text = |key: &str| {
        let value = entry.get(key)?.to_json();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
        Some(text).filter(|text| !text.is_empty() && text != "null")
    };
    let missing: Vec<&str> = KEYS.into_iter().filter(|key| text(key).is_none()).collect();
    let [Some(rule), Some(model), Some(reason), Some(owner), Some(expires)] = KEYS.map(text) else {
        let message = format!("a waiver needs {}", missing.join(", "));
        return Err(refused(message, "write rule, model, reason, owner and expires (a day such as 2027-01-31)"));
    };
    if expires.as_str() < today {
        let message = format!("the waiver of {rule} for {model} expired on {expires}");
        return Err(refused(message, "take it out, or agree with the readers on a later day"));
    }
    // `orders.fct_orders` names the model of a domain.
    Ok(Waiver { shown: format!("{reason} ({owner}, until {expires})"), rule, model })
}
