//! Logout messages of ours, prepared.

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId, SessionIndex};
use crate::name_id::NameId;
use crate::names::samlp;
use crate::outgoing::Outgoing;
use crate::request::LIFE;
use crate::signature::Draft;
use crate::status::Status;
use crate::xml::WriteError;

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
    let message = Outgoing {
        name: samlp("LogoutRequest"),
        id: facts.id,
        now: facts.now,
        issuer: facts.issuer,
        destination: Some(facts.destination),
        in_response_to: None,
        not_on_or_after: Some(facts.now.plus_seconds(LIFE)),
    };
    message.draft(|writer| {
        facts.name_id.write(writer);
        writer.leaf(samlp("SessionIndex"), &[], facts.session_index.as_str());
    })
}

/// A logout response without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn logout_response(facts: &LogoutResponseFacts<'_>) -> Result<Draft, WriteError> {
    let message = Outgoing {
        name: samlp("LogoutResponse"),
        id: facts.id,
        now: facts.now,
        issuer: facts.issuer,
        destination: Some(facts.destination),
        in_response_to: Some(facts.in_response_to),
        not_on_or_after: None,
    };
    message.draft(|writer| facts.status.write(writer))
}
