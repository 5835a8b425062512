//! A service provider's part in a browser session: what it knows the person by, sealed, where an OpenID Connect client has its
//! `sub`.

use idp_types::encoding::{base64url, from_base64url};
use idp_types::{ClientId, ServiceId};
use oidc::session::SessionClient;
use saml::logout::Participant;
use saml::provider::ServiceProvider;
use saml::{EntityId, NameId, SessionIndex};
use serde::{Deserialize, Serialize};

use super::crypto;
use crate::app::App;
use crate::oidc::sessions::Party;
use crate::problem::{Code, Problem};

/// What the name of a service provider in a session begins with.
const PREFIX: &str = "saml:";

/// The name of a service provider where clients have their identifiers: in sessions, account links and the outbox.
///
/// # Errors
/// `internal`, which does not happen: a handle is always one.
pub(crate) fn client_id_of(entity_id: &EntityId) -> Result<ClientId, Problem> {
    ClientId::parse(entity_id.handle()).map_err(|_| Code::Internal.into())
}

/// Whether a name in a session is a service provider's.
pub(crate) fn is_provider(client_id: &ClientId) -> bool {
    client_id.as_str().starts_with(PREFIX)
}

/// A service provider as a party of a session.
pub(crate) const fn party<'a>(client_id: &'a ClientId, service_id: &'a ServiceId) -> Party<'a> {
    Party {
        client_id,
        service_id,
        is_provider: true,
    }
}

fn context(client_id: &ClientId) -> String {
    format!("saml-session-index|{client_id}")
}

fn name_context(client_id: &ClientId) -> String {
    format!("saml-name|{client_id}")
}

/// A fresh session index for a provider: it names the session to the server, and to nobody else.
///
/// # Errors
/// `internal` when it cannot be sealed.
pub(crate) fn index_of(app: &App, client_id: &ClientId, session_id: &str) -> Result<String, Problem> {
    let storage = app.audit.storage();
    let sealed = storage.seal(context(client_id).as_bytes(), session_id.as_bytes())?;
    Ok(format!("_{}", base64url(&sealed)))
}

/// The session that an index of this provider names.
pub(super) fn session_of(app: &App, client_id: &ClientId, index: &SessionIndex) -> Option<String> {
    let sealed = from_base64url(index.as_str().strip_prefix('_')?)?;
    let storage = app.audit.storage();
    let plain = storage.open(context(client_id).as_bytes(), &sealed).ok()?;
    String::from_utf8(plain).ok()
}

/// What a service provider knows the person by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Who.
    pub(crate) provider: EntityId,
    /// The name that it was given.
    pub(crate) name_id: NameId,
}

impl Known {
    /// A name that was given to a provider.
    pub(crate) fn of(provider: &ServiceProvider, name_id: NameId) -> Self {
        Self {
            provider: provider.entity_id.clone(),
            name_id,
        }
    }

    /// As it stands in a session: sealed, because a name may be an address.
    ///
    /// # Errors
    /// `internal` when it cannot be sealed.
    pub(crate) fn to_subject(&self, app: &App, client_id: &ClientId) -> Result<String, Problem> {
        let plain = serde_json::to_vec(self).map_err(|_| Problem::new(Code::Internal))?;
        let storage = app.audit.storage();
        let sealed = storage.seal(name_context(client_id).as_bytes(), &plain)?;
        Ok(base64url(&sealed))
    }

    /// From a session or the outbox.
    pub(crate) fn from_subject(app: &App, client_id: &ClientId, subject: &str) -> Option<Self> {
        if !is_provider(client_id) {
            return None;
        }
        let sealed = from_base64url(subject)?;
        let storage = app.audit.storage();
        let plain = storage.open(name_context(client_id).as_bytes(), &sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// A provider's part, as single logout has it.
pub(crate) fn participant(app: &App, part: &SessionClient) -> Option<Participant> {
    let known = Known::from_subject(app, &part.client_id, &part.subject)?;
    Some(Participant {
        provider: known.provider,
        name_id: known.name_id,
        session_index: crypto::session_index(&part.sid).ok()?,
    })
}
