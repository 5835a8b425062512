//! The one tree of a document.

use std::collections::HashSet;

use uppsala::{Document, NodeId, NodeKind, Parser};

use super::gate::{self, Limits, XmlError};
use super::node::Node;

/// A document within its limits, whose identifiers are unique.
pub(crate) struct Tree {
    document: Document<'static>,
    root: NodeId,
}

impl Tree {
    /// Reads a document.
    ///
    /// # Errors
    /// [`XmlError`] when it breaks a limit or is not well-formed.
    pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Self, XmlError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        gate::pass(text, limits)?;
        let document = Parser::new()
            .with_forbid_dtd(true)
            .with_max_depth(u32::try_from(limits.depth + 1).unwrap_or(u32::MAX))
            .parse(text)
            .map_err(|_| XmlError::Malformed)?
            .into_static();
        let root = document.document_element().ok_or(XmlError::Malformed)?;
        let tree = Self { document, root };
        tree.check_identifiers()?;
        Ok(tree)
    }

    /// The document element.
    pub(crate) fn root(&self) -> Node<'_> {
        Node::new(&self.document, self.root)
    }

    /// Whatever an XML Signature implementation may take for an identifier is unique: a reference has one meaning (Core 5.4.2).
    fn check_identifiers(&self) -> Result<(), XmlError> {
        let mut seen = HashSet::new();
        for id in self.document.descendants(self.document.root()) {
            let Some(NodeKind::Element(element)) = self.document.node_kind(id) else {
                continue;
            };
            for attribute in &element.attributes {
                let own = attribute.name.local_name.eq_ignore_ascii_case("id");
                if own && !seen.insert(attribute.value.as_ref()) {
                    return Err(XmlError::DuplicateId);
                }
            }
        }
        Ok(())
    }
}
