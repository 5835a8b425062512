//! `samlp:Response` (Core 3.3.3).

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId};
use crate::names::{saml, samlp};
use crate::signature::Draft;
use crate::status::Status;
use crate::xml::{WriteError, Writer};

/// What a response carries.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// An assertion, signed or not.
    Assertion(&'a str),
    /// An encrypted one.
    Encrypted(&'a str),
    /// Nothing: the status says why.
    Nothing,
}

/// What a response says.
#[derive(Debug, Clone, Copy)]
pub struct ResponseFacts<'a> {
    /// Its identifier, fresh and random.
    pub id: &'a MessageId,
    /// The time.
    pub now: Timestamp,
    /// Who answers.
    pub issuer: &'a EntityId,
    /// Where it goes.
    pub destination: &'a str,
    /// The request that it answers.
    pub in_response_to: Option<&'a MessageId>,
    /// How it went.
    pub status: &'a Status,
    /// What it carries.
    pub content: Content<'a>,
}

/// A response without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn response(facts: &ResponseFacts<'_>) -> Result<Draft, WriteError> {
    let mut writer = Writer::new();
    let now = facts.now.to_rfc3339();
    writer.open(
        samlp("Response"),
        &[
            ("Destination", Some(facts.destination)),
            ("ID", Some(facts.id.as_str())),
            ("InResponseTo", facts.in_response_to.map(MessageId::as_str)),
            ("IssueInstant", Some(&now)),
            ("Version", Some("2.0")),
        ],
    );
    writer.leaf(saml("Issuer"), &[], facts.issuer.as_str());
    let signature_at = writer.position();
    facts.status.write(&mut writer);
    match facts.content {
        Content::Assertion(text) => writer.embed(saml("Assertion"), text),
        Content::Encrypted(text) => writer.embed(saml("EncryptedAssertion"), text),
        Content::Nothing => {}
    }
    Ok(Draft {
        text: writer.finish()?,
        id: facts.id.as_str().to_owned(),
        signature_at,
    })
}
