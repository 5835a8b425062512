//! `samlp:ArtifactResponse`, prepared.

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId};
use crate::names::samlp;
use crate::outgoing::Outgoing;
use crate::signature::Draft;
use crate::status::Status;
use crate::xml::WriteError;

/// What an artifact response says.
#[derive(Debug, Clone, Copy)]
pub struct ArtifactResponseFacts<'a> {
    /// Its identifier, fresh and random.
    pub id: &'a MessageId,
    /// The time.
    pub now: Timestamp,
    /// Who answers.
    pub issuer: &'a EntityId,
    /// The request that it answers.
    pub in_response_to: &'a MessageId,
    /// How it went.
    pub status: &'a Status,
    /// The response that waited, signed or not; none when there is none for this provider.
    pub response: Option<&'a str>,
}

/// An artifact response without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn artifact_response(facts: &ArtifactResponseFacts<'_>) -> Result<Draft, WriteError> {
    let message = Outgoing {
        name: samlp("ArtifactResponse"),
        id: facts.id,
        now: facts.now,
        issuer: facts.issuer,
        destination: None,
        in_response_to: Some(facts.in_response_to),
        not_on_or_after: None,
    };
    message.draft(|writer| {
        facts.status.write(writer);
        if let Some(response) = facts.response {
            writer.embed(samlp("Response"), response);
        }
    })
}
