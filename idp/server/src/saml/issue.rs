//! An approval becomes an assertion in a response: written in canonical form, signed, encrypted, recorded.

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::Commit;
use idp_types::Timestamp;
use oidc::authentication::Released;
use saml::binding::RelayState;
use saml::provider::ServiceProvider;
use saml::request::{CheckedRequest, Consumer};
use saml::response::{
    AssertionFacts, Content, ResponseFacts, assertion, choose_encryption, encrypt, release, response,
};
use saml::{EntityId, MessageId, Status};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::addresses::entity_id_for;
use super::person::Person;
use super::{crypto, signing};
use crate::app::App;
use crate::crypto::{random, sha256_hex};
use crate::problem::{Code, Problem};

/// What a person approved, for one provider.
pub(crate) struct Approved<'a> {
    /// Who, when, how, and the claims; nothing beyond what was granted.
    pub(crate) released: &'a Released,
    /// Who that is to the provider.
    pub(crate) person: Person,
    /// The session's index at the provider.
    pub(crate) sid: &'a str,
    /// When the session ends at the latest.
    pub(crate) ends_at: Timestamp,
    /// The authentication context class.
    pub(crate) class: String,
}

/// A response on its way to a registered address.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Document {
    /// The document.
    pub(crate) text: String,
    /// Where it goes.
    pub(crate) consumer: Consumer,
    /// The sender's word.
    pub(crate) relay_state: Option<RelayState>,
}

/// Makes the response, and writes down that it was made before anybody gets it.
///
/// # Errors
/// The key's and the stores' problems.
pub(crate) async fn issue(
    app: &App,
    provider: &ServiceProvider,
    request: &CheckedRequest,
    approved: &Approved<'_>,
) -> Result<Document, Problem> {
    let issuer = entity_id_for(app, provider)?;
    let id = crypto::message_id()?;
    let assertion = signed_assertion(app, (provider, request), approved, (&issuer, &id)).await?;
    record(app, provider, approved, (&id, &assertion)).await?;
    let encrypted = encrypted(provider, &assertion)?;
    let content = match &encrypted {
        Some(encrypted) => Content::Encrypted(encrypted),
        None => Content::Assertion(&assertion),
    };
    let draft = response(&ResponseFacts {
        id: &crypto::message_id()?,
        now: app.now(),
        issuer: &issuer,
        destination: &request.consumer.location,
        in_response_to: request.in_response_to.as_ref(),
        status: &Status::SUCCESS,
        content,
    });
    let draft = draft.map_err(|_| Problem::new(Code::Internal))?;
    let text = if provider.policy.sign.response() {
        signing::sign(app, provider, draft).await?
    } else {
        draft.unsigned()
    };
    Ok(Document {
        text,
        consumer: request.consumer.clone(),
        relay_state: request.relay_state.clone(),
    })
}

async fn signed_assertion(
    app: &App,
    (provider, request): (&ServiceProvider, &CheckedRequest),
    approved: &Approved<'_>,
    (issuer, id): (&EntityId, &MessageId),
) -> Result<String, Problem> {
    let authentication = &approved.released.authentication;
    let told = approved.person.released(&approved.released.claims);
    let audiences: Vec<&str> = provider.audiences().collect();
    let draft = assertion(&AssertionFacts {
        id,
        now: app.now(),
        issuer,
        audiences: &audiences,
        recipient: &request.consumer.location,
        in_response_to: request.in_response_to.as_ref(),
        name_id: Some(&approved.person.name_id),
        authn_instant: authentication.auth_time,
        session_index: &crypto::session_index(approved.sid)?,
        session_not_on_or_after: Some(approved.ends_at),
        context_class: &approved.class,
        attributes: &release(&request.attributes, told),
    });
    let draft = draft.map_err(|error| {
        tracing::error!(%error, "an assertion cannot be written");
        Problem::new(Code::Internal)
    })?;
    if provider.policy.sign.assertion() || provider.want_assertions_signed {
        signing::sign(app, provider, draft).await
    } else {
        Ok(draft.unsigned())
    }
}

/// The encrypted assertion, where the provider gets one.
fn encrypted(provider: &ServiceProvider, assertion: &str) -> Result<Option<String>, Problem> {
    let internal = || Problem::new(Code::Internal);
    let Some(choice) = choose_encryption(provider).map_err(|_| internal())? else {
        return Ok(None);
    };
    let mut key = Zeroizing::new(random::<32>()?.to_vec());
    key.truncate(choice.content.key_length());
    let prepared = encrypt(assertion, &choice, &key, random::<12>()?).map_err(|_| internal())?;
    let wrapped = crypto::wrap(choice.transport, choice.certificate.key(), &key)?;
    Ok(Some(prepared.complete(&wrapped)))
}

/// Every assertion is on record with its digest: one that is shown anywhere and is not was made with a stolen key.
async fn record(
    app: &App,
    provider: &ServiceProvider,
    approved: &Approved<'_>,
    (id, assertion): (&MessageId, &str),
) -> Result<(), Problem> {
    let fact = AuditFact::new(AuditEvent::SamlIssue, Actor::Device)
        .about(&approved.released.authentication.token_id)
        .for_service(&provider.service_id)
        .with("provider", provider.entity_id.as_str())
        .with("assertion", id.as_str())
        .with("sha256", sha256_hex(assertion.as_bytes()));
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    app.durable
        .commit(Commit {
            changes: Vec::new(),
            audit,
        })
        .await?;
    Ok(())
}
