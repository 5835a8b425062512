//! What every message of ours begins with (Core 3.2.1, 3.2.2): its head, its issuer, and the place of its signature.

use idp_types::Timestamp;

use crate::identifier::{EntityId, MessageId};
use crate::names::{Name, saml};
use crate::signature::Draft;
use crate::xml::{WriteError, Writer};

/// The head of a message.
pub(crate) struct Outgoing<'a> {
    /// Which message.
    pub(crate) name: Name,
    /// Its identifier.
    pub(crate) id: &'a MessageId,
    /// The time.
    pub(crate) now: Timestamp,
    /// Who sends it.
    pub(crate) issuer: &'a EntityId,
    /// Where it goes.
    pub(crate) destination: Option<&'a str>,
    /// The request that it answers.
    pub(crate) in_response_to: Option<&'a MessageId>,
    /// Until when it counts.
    pub(crate) not_on_or_after: Option<Timestamp>,
}

impl Outgoing<'_> {
    /// The message without its signature, with what `content` writes into it.
    ///
    /// # Errors
    /// [`WriteError`] when a value has a character that XML cannot carry.
    pub(crate) fn draft(self, content: impl FnOnce(&mut Writer)) -> Result<Draft, WriteError> {
        let mut writer = Writer::new();
        let now = self.now.to_rfc3339();
        let end = self.not_on_or_after.map(Timestamp::to_rfc3339);
        writer.open(
            self.name,
            &[
                ("Destination", self.destination),
                ("ID", Some(self.id.as_str())),
                ("InResponseTo", self.in_response_to.map(MessageId::as_str)),
                ("IssueInstant", Some(&now)),
                ("NotOnOrAfter", end.as_deref()),
                ("Version", Some("2.0")),
            ],
        );
        writer.leaf(saml("Issuer"), &[], self.issuer.as_str());
        let signature_at = writer.position();
        content(&mut writer);
        Ok(Draft {
            text: writer.finish()?,
            id: self.id.as_str().to_owned(),
            signature_at,
        })
    }
}
