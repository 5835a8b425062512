//! The canonical form of a part of a tree, by bergshamra: the one place that names it.

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;

use crate::names::{EXCLUSIVE, INCLUSIVE};
use crate::xml::Node;

/// A method that a signature may name.
pub(super) struct Method {
    mode: C14nMode,
    prefixes: Vec<String>,
}

impl Method {
    /// What an `Algorithm` and, for the exclusive form, an `InclusiveNamespaces` list name. Forms with comments are no part of SAML.
    pub(super) fn parse(uri: &str, prefixes: Option<&str>) -> Option<Self> {
        let mode = match uri {
            EXCLUSIVE => C14nMode::Exclusive,
            INCLUSIVE => C14nMode::Inclusive,
            _ => return None,
        };
        let prefixes = prefixes
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect();
        Some(Self { mode, prefixes })
    }

    /// What a reference has when it names none (XML Signature 4.4.3.2).
    pub(super) const fn inclusive() -> Self {
        Self {
            mode: C14nMode::Inclusive,
            prefixes: Vec::new(),
        }
    }

    /// The octets of an element without comments and without `leave_out`, which stands in it.
    pub(super) fn octets(&self, element: Node<'_>, leave_out: Option<Node<'_>>) -> Option<Vec<u8>> {
        let document = element.document();
        let mut nodes = NodeSet::tree_without_comments(element.id(), document);
        if let Some(signature) = leave_out {
            nodes = nodes.subtract(&NodeSet::tree_with_comments(signature.id(), document));
        }
        canonicalize_doc(document, self.mode, Some(&nodes), &self.prefixes).ok()
    }
}
