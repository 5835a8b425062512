//! `samlp:ArtifactResponse`, prepared.

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId};
use crate::names::{saml, samlp};
use crate::signature::Draft;
use crate::status::Status;
use crate::xml::{WriteError, Writer};

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
    let mut writer = Writer::new();
    let now = facts.now.to_rfc3339();
    writer.open(
        samlp("ArtifactResponse"),
        &[
            ("ID", Some(facts.id.as_str())),
            ("InResponseTo", Some(facts.in_response_to.as_str())),
            ("IssueInstant", Some(&now)),
            ("Version", Some("2.0")),
        ],
    );
    writer.leaf(saml("Issuer"), &[], facts.issuer.as_str());
    let signature_at = writer.position();
    facts.status.write(&mut writer);
    if let Some(response) = facts.response {
        writer.embed(samlp("Response"), response);
    }
    Ok(Draft {
        text: writer.finish()?,
        id: facts.id.as_str().to_owned(),
        signature_at,
    })
}
