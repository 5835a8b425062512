//! Logout messages of ours, prepared.

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId, SessionIndex};
use crate::name_id::NameId;
use crate::names::{saml, samlp};
use crate::request::LIFE;
use crate::signature::Draft;
use crate::status::Status;
use crate::xml::{WriteError, Writer};

/// What a logout request says.
#[derive(Debug, Clone, Copy)]
pub struct LogoutRequestFacts<'a> {
    /// Its identifier, fresh and random.
    pub id: &'a MessageId,
    /// The time.
    pub now: Timestamp,
    /// Who asks.
    pub issuer: &'a EntityId,
    /// Where it goes.
    pub destination: &'a str,
    /// Who leaves, as this provider knows the person.
    pub name_id: &'a NameId,
    /// The session that this provider was given.
    pub session_index: &'a SessionIndex,
}

/// What a logout response says.
#[derive(Debug, Clone, Copy)]
pub struct LogoutResponseFacts<'a> {
    /// Its identifier, fresh and random.
    pub id: &'a MessageId,
    /// The time.
    pub now: Timestamp,
    /// Who answers.
    pub issuer: &'a EntityId,
    /// Where it goes.
    pub destination: &'a str,
    /// The request that it answers.
    pub in_response_to: &'a MessageId,
    /// How it went.
    pub status: &'a Status,
}

/// A logout request without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn logout_request(facts: &LogoutRequestFacts<'_>) -> Result<Draft, WriteError> {
    let mut writer = Writer::new();
    let now = facts.now.to_rfc3339();
    let end = facts.now.plus_seconds(LIFE).to_rfc3339();
    writer.open(
        samlp("LogoutRequest"),
        &[
            ("Destination", Some(facts.destination)),
            ("ID", Some(facts.id.as_str())),
            ("IssueInstant", Some(&now)),
            ("NotOnOrAfter", Some(&end)),
            ("Version", Some("2.0")),
        ],
    );
    writer.leaf(saml("Issuer"), &[], facts.issuer.as_str());
    let signature_at = writer.position();
    facts.name_id.write(&mut writer);
    writer.leaf(samlp("SessionIndex"), &[], facts.session_index.as_str());
    Ok(Draft {
        text: writer.finish()?,
        id: facts.id.as_str().to_owned(),
        signature_at,
    })
}

/// A logout response without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn logout_response(facts: &LogoutResponseFacts<'_>) -> Result<Draft, WriteError> {
    let mut writer = Writer::new();
    let now = facts.now.to_rfc3339();
    writer.open(
        samlp("LogoutResponse"),
        &[
            ("Destination", Some(facts.destination)),
            ("ID", Some(facts.id.as_str())),
            ("InResponseTo", Some(facts.in_response_to.as_str())),
            ("IssueInstant", Some(&now)),
            ("Version", Some("2.0")),
        ],
    );
    writer.leaf(saml("Issuer"), &[], facts.issuer.as_str());
    let signature_at = writer.position();
    facts.status.write(&mut writer);
    Ok(Draft {
        text: writer.finish()?,
        id: facts.id.as_str().to_owned(),
        signature_at,
    })
}
