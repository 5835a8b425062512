//! SOAP 1.1 around a message (Bindings 3.2).

use super::error::BindingError;
use crate::names::soap;
use crate::xml::{Limits, Node, ReadError, Tree, Writer};

/// Header blocks that must be understood, and are: none of the profiles that we serve sends one to an identity provider.
pub(super) fn check(text: &str) -> Result<(), BindingError> {
    let tree = Tree::parse(text, &Limits::MESSAGE).map_err(|_| BindingError::Malformed)?;
    let root = tree.root();
    body(root).map_err(|_| BindingError::Envelope)?;
    let header = root.find(soap("Header")).map_err(|_| BindingError::Envelope)?;
    let demanding = header.is_some_and(|header| header.elements().any(is_demanding));
    if demanding {
        Err(BindingError::Envelope)
    } else {
        Ok(())
    }
}

fn is_demanding(block: Node<'_>) -> bool {
    block.qualified(soap("mustUnderstand").namespace, "mustUnderstand") == Some("1")
}

/// The one element in the body.
pub(crate) fn body(envelope: Node<'_>) -> Result<Node<'_>, ReadError> {
    if !envelope.is(soap("Envelope")) {
        return Err(ReadError::Unexpected("Envelope"));
    }
    let mut elements = envelope.need(soap("Body"))?.elements();
    match (elements.next(), elements.next()) {
        (Some(message), None) => Ok(message),
        _ => Err(ReadError::Unexpected("Body")),
    }
}

/// A message of ours in an envelope. The message is not changed, so that its signature holds.
pub fn soap_envelope(document: &str) -> String {
    let mut writer = Writer::new();
    writer.open(soap("Envelope"), &[]);
    writer.open(soap("Body"), &[]);
    writer.raw(document);
    writer.finish().unwrap_or_default()
}

/// A fault of the sender (Bindings 3.2.3.3), for what is no message at all.
pub fn soap_fault(reason: &str) -> String {
    let mut writer = Writer::new();
    writer.open(soap("Envelope"), &[]);
    writer.open(soap("Body"), &[]);
    writer.open(soap("Fault"), &[]);
    writer.raw("<faultcode>S:Client</faultcode><faultstring>");
    writer.text(reason);
    writer.raw("</faultstring>");
    writer.finish().unwrap_or_default()
}
