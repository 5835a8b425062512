//! Reading elements strictly: what may stand once must not stand twice, and text has no elements in it.

use uppsala::{Document, Element, NodeId, NodeKind};

use super::gate::XmlError;
use crate::names::Name;

/// Why a well-formed document is not the message that it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not a document that we read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// An element or attribute that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An element that may stand once stands more than once.
    #[error("{0} stands more than once")]
    Repeated(&'static str),
    /// The root is of another name, or an element has what it must not have.
    #[error("{0} is not as it must be")]
    Unexpected(&'static str),
    /// A value outside its type.
    #[error("the value of {0} is not allowed")]
    Value(&'static str),
}

/// An element of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    document: &'t Document<'static>,
    id: NodeId,
}

impl<'t> Node<'t> {
    pub(super) const fn new(document: &'t Document<'static>, id: NodeId) -> Self {
        Self { document, id }
    }

    pub(crate) const fn document(self) -> &'t Document<'static> {
        self.document
    }

    pub(crate) const fn id(self) -> NodeId {
        self.id
    }

    fn element(self) -> Option<&'t Element<'static>> {
        self.document.element(self.id)
    }

    /// Whether it has this expanded name.
    pub(crate) fn is(self, name: Name) -> bool {
        self.element()
            .is_some_and(|element| element.matches_name_ns(name.namespace, name.local))
    }

    /// The value of an attribute without a namespace.
    pub(crate) fn attribute(self, local: &str) -> Option<&'t str> {
        self.element()?
            .attributes
            .iter()
            .find(|attribute| attribute.name.namespace_uri.is_none() && attribute.name.local_name == local)
            .map(|attribute| attribute.value.as_ref())
    }

    /// The value of an attribute that must be there and not be empty.
    pub(crate) fn required(self, local: &'static str) -> Result<&'t str, ReadError> {
        self.attribute(local)
            .filter(|value| !value.is_empty())
            .ok_or(ReadError::Missing(local))
    }

    /// The value of an attribute in a namespace.
    pub(crate) fn qualified(self, namespace: &str, local: &str) -> Option<&'t str> {
        self.element()?.get_attribute_ns(namespace, local)
    }

    /// The value of `xml:lang`.
    pub(crate) fn language(self) -> Option<&'t str> {
        self.qualified("http://www.w3.org/XML/1998/namespace", "lang")
    }

    /// The elements directly inside.
    pub(crate) fn elements(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        document
            .children_iter(self.id)
            .filter(|id| document.element(*id).is_some())
            .map(move |id| Self { document, id })
    }

    /// The elements directly inside that have this name.
    pub(crate) fn all(self, name: Name) -> impl Iterator<Item = Self> {
        self.elements().filter(move |node| node.is(name))
    }

    /// The one element directly inside that has this name.
    pub(crate) fn find(self, name: Name) -> Result<Option<Self>, ReadError> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() {
            return Err(ReadError::Repeated(name.local));
        }
        Ok(first)
    }

    /// The one element directly inside that has this name and must be there.
    pub(crate) fn need(self, name: Name) -> Result<Self, ReadError> {
        self.find(name)?.ok_or(ReadError::Missing(name.local))
    }

    /// Every element below that has this name, wherever it stands.
    pub(crate) fn below(self, name: Name) -> impl Iterator<Item = Self> {
        let document = self.document;
        document
            .descendants(self.id)
            .into_iter()
            .map(move |id| Self { document, id })
            .filter(move |node| node.is(name))
    }

    /// The text inside, whole: pieces that a comment or CDATA separates are joined. White space around it is not part of it.
    pub(crate) fn text(self, name: &'static str) -> Result<String, ReadError> {
        let mut text = String::new();
        for child in self.document.children_iter(self.id) {
            match self.document.node_kind(child) {
                Some(NodeKind::Text(piece) | NodeKind::CData(piece)) => text.push_str(piece),
                Some(NodeKind::Comment(_)) => {}
                _ => return Err(ReadError::Unexpected(name)),
            }
        }
        Ok(text.trim_matches([' ', '\t', '\r', '\n']).to_owned())
    }

    /// The text inside, which must not be empty.
    pub(crate) fn filled(self, name: &'static str) -> Result<String, ReadError> {
        let text = self.text(name)?;
        if text.is_empty() {
            return Err(ReadError::Missing(name));
        }
        Ok(text)
    }
}
