//! Writing exclusive canonical form directly: start and end tags, double quotes, namespace declarations where a prefix is first used,
//! attributes in order. Every element of ours has a prefix, so that a declaration is due exactly where no open element uses it.

use super::escape;
use crate::names::Name;

/// Why a text cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A value has a character that XML 1.0 does not have.
    #[error("a value has a character that XML cannot carry")]
    Character,
}

/// A document in the making.
#[derive(Default)]
pub(crate) struct Writer {
    out: String,
    open: Vec<Name>,
    refused: bool,
}

/// An attribute that is left out when it has no value. Names with a prefix come last, as their namespaces sort.
pub(crate) type Attribute<'a> = (&'static str, Option<&'a str>);

impl Writer {
    pub(crate) fn new() -> Self {
        Self {
            out: String::with_capacity(4096),
            ..Self::default()
        }
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: Name, attributes: &[Attribute<'_>]) {
        let declares = !self.open.iter().any(|open| open.prefix == name.prefix);
        self.out.push('<');
        self.tag(name);
        if declares {
            self.out.push_str(" xmlns:");
            self.out.push_str(name.prefix);
            self.out.push_str("=\"");
            self.out.push_str(name.namespace);
            self.out.push('"');
        }
        let mut sorted: Vec<(&str, &str)> = attributes
            .iter()
            .filter_map(|(name, value)| value.map(|value| (*name, value)))
            .collect();
        sorted.sort_unstable_by_key(|(name, _)| (name.contains(':'), *name));
        for (name, value) in sorted {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.refused |= !escape::attribute(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
        self.open.push(name);
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.out.push_str("</");
            self.tag(name);
            self.out.push('>');
        }
    }

    /// Text of the open element.
    pub(crate) fn text(&mut self, value: &str) {
        self.refused |= !escape::text(&mut self.out, value);
    }

    /// An element with text alone.
    pub(crate) fn leaf(&mut self, name: Name, attributes: &[Attribute<'_>], value: &str) {
        self.open(name, attributes);
        self.text(value);
        self.close();
    }

    /// A document that a writer wrote before, whose root has this name. The declaration of its root is left out where an open element
    /// has it already; its own canonical form, and so its own signature, is the same either way.
    pub(crate) fn embed(&mut self, name: Name, document: &str) {
        let declaration = format!(" xmlns:{}=\"{}\"", name.prefix, name.namespace);
        let redundant = self.open.iter().any(|open| open.prefix == name.prefix);
        match document.split_once(&declaration) {
            Some((before, after)) if redundant => {
                self.out.push_str(before);
                self.out.push_str(after);
            }
            _ => self.out.push_str(document),
        }
    }

    /// Text that is written as it stands, outside everything that is signed.
    pub(crate) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// How much is written.
    pub(crate) const fn position(&self) -> usize {
        self.out.len()
    }

    /// The document.
    pub(crate) fn finish(mut self) -> Result<String, WriteError> {
        while !self.open.is_empty() {
            self.close();
        }
        if self.refused {
            return Err(WriteError::Character);
        }
        Ok(self.out)
    }

    fn tag(&mut self, name: Name) {
        self.out.push_str(name.prefix);
        self.out.push(':');
        self.out.push_str(name.local);
    }
}
