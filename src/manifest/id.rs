//! Ids of nodes and names of domains.

use super::ResourceType;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// Name of a domain, which is the name of its dbt project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainName(Arc<str>);

/// dbt's unique id, such as `model.orders.fct_orders`.
///
/// A domain's own nodes have dbt's id. In a mesh of several domains, nodes and macros of a domain's packages carry the
/// domain: `model.<package>@<domain>.<name>`, because two domains can use the same package in different versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UniqueId(Arc<str>);

impl UniqueId {
    /// The id of a node: `<kind>.<package>[@<domain>].<rest>`.
    pub fn new(kind: ResourceType, package: &str, domain: Option<&DomainName>, rest: &str) -> Self {
        Self::with_prefix(kind.as_str(), package, domain, rest)
    }

    /// The id of something that is not a node: `macro`, `doc`, `group`.
    pub fn with_prefix(prefix: &str, package: &str, domain: Option<&DomainName>, rest: &str) -> Self {
        UniqueId(match domain {
            Some(domain) => format!("{prefix}.{package}@{domain}.{rest}").into(),
            None => format!("{prefix}.{package}.{rest}").into(),
        })
    }

    /// The id as dbt writes it in the artifacts of a single project: without the domain.
    pub fn without_domain(&self) -> UniqueId {
        let mut parts = self.0.splitn(3, '.');
        match (parts.next(), parts.next().and_then(|package| package.split_once('@')), parts.next()) {
            (Some(kind), Some((package, _)), Some(rest)) => UniqueId(format!("{kind}.{package}.{rest}").into()),
            _ => self.clone(),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    pub fn as_arc(&self) -> &Arc<str> {
        &self.0
    }

    /// The kind of thing, such as `model`: everything before the first dot.
    pub fn prefix(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl DomainName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    pub fn as_arc(&self) -> &Arc<str> {
        &self.0
    }
}

macro_rules! text_newtype {
    ($name:ident) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text.into())
            }
        }

        impl From<Arc<str>> for $name {
            fn from(text: Arc<str>) -> Self {
                $name(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_newtype!(DomainName);
text_newtype!(UniqueId);

#[cfg(test)]
mod tests;
