//! `samlp:Response` (Core 3.3.3).

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId};
use crate::names::{saml, samlp};
use crate::outgoing::Outgoing;
use crate::signature::Draft;
use crate::status::Status;
use crate::xml::WriteError;

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
    let message = Outgoing {
        name: samlp("Response"),
        id: facts.id,
        now: facts.now,
        issuer: facts.issuer,
        destination: Some(facts.destination),
        in_response_to: facts.in_response_to,
        not_on_or_after: None,
    };
    message.draft(|writer| {
        facts.status.write(writer);
        match facts.content {
            Content::Assertion(text) => writer.embed(saml("Assertion"), text),
            Content::Encrypted(text) => writer.embed(saml("EncryptedAssertion"), text),
            Content::Nothing => {}
        }
    })
}
