//! What is refused, who is told, and the record of it.

use axum::response::Response;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::Commit;
use saml::binding::{BindingError, RelayState};
use saml::provider::ServiceProvider;
use saml::request::{Answer, CheckedRequest, Consumer};
use saml::response::{Content, ResponseFacts, response};
use saml::signature::SignatureError;
use saml::xml::ReadError;
use saml::{MessageId, Status};

use super::addresses::entity_id_for;
use super::issue::Document;
use super::{crypto, send, signing};
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::response::page;
use crate::pages::oidc::{Failure, Locale};
use crate::problem::{Code, Problem};

/// Why a message is not served.
#[derive(Debug)]
pub(super) enum Refused {
    /// The person sees a page: there is nowhere to answer to, or nobody to believe.
    Page(Failure, &'static str),
    /// The server cannot.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl Refused {
    /// A message that is none of the binding's.
    pub(super) fn binding(error: BindingError) -> Self {
        Self::Page(Failure::Request, binding_words(error))
    }

    /// A document that cannot be read.
    pub(super) fn unreadable(_: ReadError) -> Self {
        Self::Page(Failure::Request, "the SAML message cannot be read")
    }

    /// A signature that is not good.
    pub(super) fn unsigned(error: SignatureError) -> Self {
        let words = match error {
            SignatureError::Missing => "the SAML message is not signed, and has to be",
            _ => "the signature of the SAML message is not good",
        };
        Self::Page(Failure::Request, words)
    }

    /// Nobody knows the sender.
    pub(super) const fn unknown() -> Self {
        Self::Page(
            Failure::UnknownClient,
            "the issuer is no registered service provider",
        )
    }

    /// The page, with a record of why.
    pub(super) async fn into_page(
        self,
        app: &App,
        visitor: Visitor<'_>,
        provider: Option<&ServiceProvider>,
    ) -> Response {
        let locale = Locale::of(None, visitor.headers);
        match self {
            Self::Page(failure, words) => {
                match record(app, visitor, provider, (failure.code(), words)).await {
                    Ok(()) => page(locale, failure, Some(words)),
                    Err(problem) => Failure::of_problem(locale, problem),
                }
            }
            Self::Problem(problem) => Failure::of_problem(locale, problem),
        }
    }
}

const fn binding_words(error: BindingError) -> &'static str {
    match error {
        BindingError::Absent => "there is no SAML message",
        BindingError::Repeated => "a SAML parameter stands more than once",
        BindingError::Mixed => "there is more than one SAML message",
        BindingError::TooLarge => "the SAML message is too large",
        BindingError::Encoding => "the encoding of the SAML message is not known",
        BindingError::Signature => "the signature of the SAML message is not complete",
        BindingError::RelayState => "RelayState is too long",
        BindingError::Malformed | BindingError::Envelope => {
            "the SAML message is not encoded as its binding says"
        }
    }
}

/// Writes down that a message was refused. Words are fixed texts, never of the message.
pub(super) async fn record(
    app: &App,
    visitor: Visitor<'_>,
    provider: Option<&ServiceProvider>,
    (code, words): (&str, &str),
) -> Result<(), Problem> {
    let mut fact = AuditFact::new(AuditEvent::SamlRefuse, Actor::Anonymous)
        .from_address(Some(visitor.address))
        .with("code", code)
        .with("reason", words);
    if let Some(provider) = provider {
        fact = fact
            .for_service(&provider.service_id)
            .with("provider", provider.entity_id.as_str());
    }
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    app.durable
        .commit(Commit {
            changes: Vec::new(),
            audit,
        })
        .await?;
    Ok(())
}

/// A response that says no, as it leaves.
pub(super) struct No<'a> {
    /// Where it goes.
    pub(super) consumer: &'a Consumer,
    /// What it answers.
    pub(super) in_response_to: Option<&'a MessageId>,
    /// The sender's word.
    pub(super) relay_state: Option<&'a RelayState>,
    /// Why.
    pub(super) status: &'a Status,
}

impl<'a> No<'a> {
    pub(super) fn answering(answer: &'a Answer) -> Self {
        Self {
            consumer: &answer.consumer,
            in_response_to: Some(&answer.in_response_to),
            relay_state: answer.relay_state.as_ref(),
            status: &answer.status,
        }
    }
}

/// The signed document, with a record of why (IIP-IDP05).
pub(super) async fn document(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    no: &No<'_>,
) -> Result<String, Problem> {
    let code = no.status.detail.map_or("Requester", saml::Detail::word);
    let words = no.status.message.as_deref().unwrap_or_default();
    record(app, visitor, Some(provider), (code, words)).await?;
    let draft = response(&ResponseFacts {
        id: &crypto::message_id()?,
        now: app.now(),
        issuer: &entity_id_for(app, provider)?,
        destination: &no.consumer.location,
        in_response_to: no.in_response_to,
        status: no.status,
        content: Content::Nothing,
    });
    let draft = draft.map_err(|_| Problem::new(Code::Internal))?;
    signing::sign(app, provider, draft).await
}

/// Tells the service provider no, at its registered address.
pub(super) async fn tell(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    no: &No<'_>,
) -> Result<Response, Problem> {
    let text = document(app, visitor, provider, no).await?;
    let whole = Document {
        text,
        consumer: no.consumer.clone(),
        relay_state: no.relay_state.cloned(),
    };
    send(app, visitor, provider, &whole).await
}

/// Tells the service provider that a checked request is not answered.
///
/// # Errors
/// The stores' and the key's problems.
pub(crate) async fn refused(
    app: &App,
    visitor: Visitor<'_>,
    (provider, request): (&ServiceProvider, &CheckedRequest),
    status: &Status,
) -> Result<Response, Problem> {
    let no = No {
        consumer: &request.consumer,
        in_response_to: request.in_response_to.as_ref(),
        relay_state: request.relay_state.as_ref(),
        status,
    };
    tell(app, visitor, provider, &no).await
}
