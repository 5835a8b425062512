//! A request that may be served. It waits while the person logs in, so that it can be stored.

use idp_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::consumer::Consumer;
use super::context::{RequestedContext, satisfy};
use super::replay::ReplayKey;
use crate::binding::RelayState;
use crate::identifier::{EntityId, MessageId};
use crate::name_id::{NameId, NameIdFormat};
use crate::provider::{AttributeRule, ServiceProvider, Strength};
use crate::status::{Detail, Status};

/// What a service provider may have, decided once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for an attribute of the request that says yes or no"
)]
pub struct CheckedRequest {
    /// Who asks.
    pub provider: EntityId,
    /// What is answered; none when the login began here.
    pub in_response_to: Option<MessageId>,
    /// What is consumed once before anything is answered; none when the login began here.
    pub replay: Option<ReplayKey>,
    /// Where the answer goes.
    pub consumer: Consumer,
    /// The sender's word.
    pub relay_state: Option<RelayState>,
    /// Whether the request was signed.
    pub is_signed: bool,
    /// Whether the person is asked whatever session there is.
    pub force_authn: bool,
    /// Whether the person must not be asked.
    pub is_passive: bool,
    /// The kind of identifier.
    pub name_id_format: NameIdFormat,
    /// Whether an identifier may be made for a person whom the provider has not seen.
    pub allow_create: bool,
    /// The person who is meant.
    pub subject: Option<NameId>,
    /// What the login must be.
    pub context: Option<RequestedContext>,
    /// What the provider may be told.
    pub attributes: Vec<AttributeRule>,
}

/// The session that a browser has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldSession {
    /// When the person logged in.
    pub authenticated_at: Timestamp,
    /// What the login was.
    pub strength: Strength,
    /// Whether it was granted to this very provider, with everything that it may be told (profile 1.6: a cookie is not a consent).
    pub covers: bool,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The session answers.
    Answer,
    /// The person is asked.
    Ask,
}

impl CheckedRequest {
    /// Whether the session that the browser has answers the request, or the person is asked.
    ///
    /// # Errors
    /// `NoPassive` when the person would have to be asked and must not be.
    pub fn next(&self, session: Option<&HeldSession>, provider: &ServiceProvider) -> Result<Next, Status> {
        let answers = session.is_some_and(|session| {
            session.covers
                && !self.force_authn
                && satisfy(self.context.as_ref(), session.strength, provider).is_ok()
        });
        if answers {
            Ok(Next::Answer)
        } else if self.is_passive {
            Err(Status::responder(
                Detail::NoPassive,
                "the person would have to be asked",
            ))
        } else {
            Ok(Next::Ask)
        }
    }

    /// Whether the person who logged in is the one who was meant, and may be named to the provider. `known` is whether the provider was
    /// given an identifier of this person before.
    ///
    /// # Errors
    /// `UnknownPrincipal` for another person, `InvalidNameIDPolicy` where an identifier would have to be made and must not be.
    pub fn accept_person(&self, name: &NameId, known: bool) -> Result<(), Status> {
        if self
            .subject
            .as_ref()
            .is_some_and(|subject| !subject.is_same(name))
        {
            return Err(Status::responder(
                Detail::UnknownPrincipal,
                "another person logged in than was meant",
            ));
        }
        let makes = self.name_id_format == NameIdFormat::Persistent && !known;
        if makes && !self.allow_create {
            return Err(Status::requester(
                Detail::InvalidNameIdPolicy,
                "an identifier would have to be made",
            ));
        }
        Ok(())
    }
}
