//! `saml:Assertion` (Core 2.3.3) for the web browser profile (Profiles 4.1.4.2).

use idp_types::Timestamp;

use super::attributes::{self, Attribute};
use super::{EARLIER, LIFE};
use crate::identifier::{EntityId, MessageId, SessionIndex};
use crate::name_id::NameId;
use crate::names::saml;
use crate::signature::Draft;
use crate::xml::{WriteError, Writer};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// What an assertion states.
#[derive(Debug, Clone, Copy)]
pub struct AssertionFacts<'a> {
    /// Its identifier, fresh and random.
    pub id: &'a MessageId,
    /// The time.
    pub now: Timestamp,
    /// Who states it.
    pub issuer: &'a EntityId,
    /// Whom it is for.
    pub audiences: &'a [&'a str],
    /// Where it may be presented.
    pub recipient: &'a str,
    /// The request that it answers.
    pub in_response_to: Option<&'a MessageId>,
    /// Who it is about; none where attributes alone are agreed on (IIP-IDP11).
    pub name_id: Option<&'a NameId>,
    /// When the person logged in.
    pub authn_instant: Timestamp,
    /// The index of the session, random for each login.
    pub session_index: &'a SessionIndex,
    /// When the session ends at the latest.
    pub session_not_on_or_after: Option<Timestamp>,
    /// What the login was.
    pub context_class: &'a str,
    /// What else is told.
    pub attributes: &'a [Attribute],
}

/// An assertion without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn assertion(facts: &AssertionFacts<'_>) -> Result<Draft, WriteError> {
    let mut writer = Writer::new();
    let now = facts.now.to_rfc3339();
    writer.open(
        saml("Assertion"),
        &[
            ("ID", Some(facts.id.as_str())),
            ("IssueInstant", Some(&now)),
            ("Version", Some("2.0")),
        ],
    );
    writer.leaf(saml("Issuer"), &[], facts.issuer.as_str());
    let signature_at = writer.position();
    subject(&mut writer, facts);
    conditions(&mut writer, facts);
    statement(&mut writer, facts);
    attributes::write(&mut writer, facts.attributes);
    Ok(Draft {
        text: writer.finish()?,
        id: facts.id.as_str().to_owned(),
        signature_at,
    })
}

fn subject(writer: &mut Writer, facts: &AssertionFacts<'_>) {
    let end = facts.now.plus_seconds(LIFE).to_rfc3339();
    writer.open(saml("Subject"), &[]);
    if let Some(name) = facts.name_id {
        name.write(writer);
    }
    writer.open(saml("SubjectConfirmation"), &[("Method", Some(BEARER))]);
    writer.leaf(
        saml("SubjectConfirmationData"),
        &[
            ("InResponseTo", facts.in_response_to.map(MessageId::as_str)),
            ("NotOnOrAfter", Some(&end)),
            ("Recipient", Some(facts.recipient)),
        ],
        "",
    );
    writer.close();
    writer.close();
}

fn conditions(writer: &mut Writer, facts: &AssertionFacts<'_>) {
    let begin = facts.now.minus_seconds(EARLIER).to_rfc3339();
    let end = facts.now.plus_seconds(LIFE).to_rfc3339();
    writer.open(
        saml("Conditions"),
        &[("NotBefore", Some(&begin)), ("NotOnOrAfter", Some(&end))],
    );
    writer.open(saml("AudienceRestriction"), &[]);
    for audience in facts.audiences {
        writer.leaf(saml("Audience"), &[], audience);
    }
    writer.close();
    writer.close();
}

fn statement(writer: &mut Writer, facts: &AssertionFacts<'_>) {
    let instant = facts.authn_instant.to_rfc3339();
    let end = facts.session_not_on_or_after.map(Timestamp::to_rfc3339);
    writer.open(
        saml("AuthnStatement"),
        &[
            ("AuthnInstant", Some(&instant)),
            ("SessionIndex", Some(facts.session_index.as_str())),
            ("SessionNotOnOrAfter", end.as_deref()),
        ],
    );
    writer.open(saml("AuthnContext"), &[]);
    writer.leaf(saml("AuthnContextClassRef"), &[], facts.context_class);
    writer.close();
    writer.close();
}
