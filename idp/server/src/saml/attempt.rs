//! A checked request meets the browser's session: answered, refused, or the phone is asked.

use std::sync::Arc;

use axum::response::Response;
use idp_core::service::Service;
use idp_store::Versioned;
use idp_store::ephemeral::{Kind, Lifetime};
use idp_types::{AtomicScope, ScopeSet, Timestamp};
use oidc::authentication::Authentication;
use oidc::authorize::silent::HeldApproval;
use saml::provider::{AttributeRule, ServiceProvider, Strength};
use saml::request::{CheckedRequest, HeldSession, Next, satisfy};
use saml::response::choose_encryption;
use saml::{Detail, NameId, Status};

use super::issue::{Approved, Document, issue};
use super::participant::{Known, client_id_of, party};
use super::person::Person;
use super::{refused, send};
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::interaction::{self, Ending, NewInteraction};
use crate::oidc::sessions::{self, Visit};
use crate::problem::Problem;

/// What becomes of a request.
pub(super) enum Decision {
    /// The session answers.
    Answer(Box<Document>),
    /// The phone is asked, in the name of this service, for these scopes.
    Ask(Arc<Versioned<Service>>, ScopeSet),
    /// The provider is told no.
    Refuse(Status),
}

/// Answers a request of a browser.
pub(super) async fn attempt(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    request: CheckedRequest,
) -> Result<Response, Problem> {
    match decide(app, visitor, provider, &request).await? {
        Decision::Answer(document) => send(app, visitor, provider, &document).await,
        Decision::Refuse(status) => refused(app, visitor, (provider, &request), &status).await,
        Decision::Ask(service, asked) => {
            let begun = NewInteraction {
                client_id: &client_id_of(&provider.entity_id)?,
                service: &service.value,
                asked,
                mode: None,
                ending: Ending::Saml(Box::new(request)),
            };
            interaction::begin(app, visitor, begun).await
        }
    }
}

/// Decides; where the session answers, the answer is made.
pub(super) async fn decide(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    request: &CheckedRequest,
) -> Result<Decision, Problem> {
    let service = match service_of(app, provider, request).await? {
        Ok(service) => service,
        Err(status) => return Ok(Decision::Refuse(status)),
    };
    let asked = within(
        ceiling_of(&service.value),
        AttributeRule::scopes(&request.attributes),
    );
    let held = held(app, visitor, provider, request).await?;
    let session = held.as_ref().map(|held| held.session(asked, app.now()));
    match (request.next(session.as_ref(), provider), held) {
        (Err(status), _) => Ok(Decision::Refuse(status)),
        (Ok(Next::Answer), Some(held)) => silently(app, (provider, request), held, asked).await,
        (Ok(_), _) => Ok(Decision::Ask(service, asked)),
    }
}

/// The parts of a name.
const PARTS: [AtomicScope; 2] = [AtomicScope::GivenName, AtomicScope::FamilyName];

/// What a service may ask for: who may ask for the whole name may ask for a part of it.
pub(super) fn ceiling_of(service: &Service) -> ScopeSet {
    let ceiling = service.ceiling();
    if ceiling.contains(AtomicScope::Name) {
        ceiling.union(ScopeSet::from_iter(PARTS))
    } else {
        ceiling
    }
}

/// What is asked for of that. Who asks for the whole name need not ask for its parts.
fn within(ceiling: ScopeSet, asked: ScopeSet) -> ScopeSet {
    let asked = asked.intersection(ceiling);
    if asked.contains(AtomicScope::Name) {
        asked.without(ScopeSet::from_iter(PARTS))
    } else {
        asked
    }
}

/// The service in whose name the phone is asked, where the request can be answered at all.
async fn service_of(
    app: &App,
    provider: &ServiceProvider,
    request: &CheckedRequest,
) -> Result<Result<Arc<Versioned<Service>>, Status>, Problem> {
    if was_answered(app, request).await? {
        return Ok(Err(replayed()));
    }
    if choose_encryption(provider).is_err() {
        return Ok(Err(denied("the service provider has no key to encrypt to")));
    }
    let service = app.durable.service(&provider.service_id).await?;
    let service = service.filter(|service| service.value.enabled);
    Ok(service.ok_or_else(|| denied("the service is switched off")))
}

/// What the browser's session holds of the provider.
struct Held {
    visit: Visit,
    approval: HeldApproval,
    name: NameId,
}

impl Held {
    fn session(&self, asked: ScopeSet, now: Timestamp) -> HeldSession {
        let authentication = &self.approval.authentication;
        HeldSession {
            authenticated_at: authentication.auth_time,
            strength: strength(authentication),
            covers: asked.is_within(authentication.granted)
                && (asked.is_empty() || now < self.approval.claims_until),
        }
    }
}

async fn held(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    request: &CheckedRequest,
) -> Result<Option<Held>, Problem> {
    let client_id = client_id_of(&provider.entity_id)?;
    let visit = sessions::load(app, visitor.headers).await?;
    let Some(visit) = visit.filter(|_| !request.force_authn) else {
        return Ok(None);
    };
    let party = party(&client_id, &provider.service_id);
    let Some(approval) = sessions::held(app, &visit, party).await? else {
        return Ok(None);
    };
    let name = name_in(app, &visit, &approval, request);
    Ok(name.map(|name| Held {
        visit,
        approval,
        name,
    }))
}

/// Profile 1.6: the same provider, within what it was granted, with the claims that are still held.
async fn silently(
    app: &App,
    (provider, request): (&ServiceProvider, &CheckedRequest),
    held: Held,
    asked: ScopeSet,
) -> Result<Decision, Problem> {
    let Held {
        visit,
        approval,
        name,
    } = held;
    let client_id = client_id_of(&provider.entity_id)?;
    let party = party(&client_id, &provider.service_id);
    let reached = strength(&approval.authentication);
    let class = satisfy(request.context.as_ref(), reached, provider);
    let class = match class.and_then(|class| request.accept_person(&name, true).map(|()| class)) {
        Ok(class) => class,
        Err(status) => return Ok(Decision::Refuse(status)),
    };
    let released = sessions::released(app, &visit, (&approval, asked), party).await?;
    if !use_up(app, request).await? {
        return Ok(Decision::Refuse(replayed()));
    }
    let approved = Approved {
        released: &released,
        person: Person::named(app, provider, &approval.authentication, name).await?,
        sid: &approval.sid,
        ends_at: visit.session.value.expires_at,
        class,
    };
    let document = issue(app, provider, request, &approved).await?;
    Ok(Decision::Answer(Box::new(document)))
}

/// The name that the provider was given in this session, where it is of the kind that is asked for now.
fn name_in(app: &App, visit: &Visit, held: &HeldApproval, request: &CheckedRequest) -> Option<NameId> {
    let part = visit
        .session
        .value
        .clients
        .iter()
        .find(|part| part.sid == held.sid)?;
    let known = Known::from_subject(app, &part.client_id, &part.subject)?;
    let is_kind = known.name_id.format.as_deref() == Some(request.name_id_format.uri());
    is_kind.then_some(known.name_id)
}

/// What a login was.
pub(crate) fn strength(authentication: &Authentication) -> Strength {
    Strength {
        level: authentication.trust_level,
        face: authentication.face_vouched,
        aal: authentication.aal,
    }
}

fn denied(words: &str) -> Status {
    Status::responder(Detail::RequestDenied, words)
}

pub(crate) fn replayed() -> Status {
    Status::requester(Detail::RequestDenied, "the request was answered before")
}

async fn was_answered(app: &App, request: &CheckedRequest) -> Result<bool, Problem> {
    let Some(replay) = &request.replay else {
        return Ok(false);
    };
    let found = app
        .ephemeral
        .read(Kind::SamlRequest, &replay.key, app.now())
        .await?;
    Ok(found.is_some())
}

/// Uses a request up, in one step; `false` when it was answered before.
pub(crate) async fn use_up(app: &App, request: &CheckedRequest) -> Result<bool, Problem> {
    let Some(replay) = &request.replay else {
        return Ok(true);
    };
    let now = app.now();
    let life = Lifetime {
        now,
        // A login takes minutes: whoever waits for it until the request is too old shall not be told that it was used.
        until: replay
            .until
            .max(now.plus_seconds(app.config.oidc.interaction_seconds)),
    };
    let is_new = app
        .ephemeral
        .put_new(Kind::SamlRequest, &replay.key, Vec::new(), life);
    Ok(is_new.await?)
}
