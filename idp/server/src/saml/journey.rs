//! A logout on its way: providers that are told by the browser, one after the other, and then home. The plan waits in the ephemeral store
//! under the request that was sent last, so that the answer to it, and no other, goes on with it once.

use axum::response::Response;
use idp_store::ephemeral::Kind;
use oidc::BrowserSession;
use saml::binding::{Binding, Direction, PostForm, RedirectDraft, RelayState};
use saml::logout::{
    Initiator, LogoutCircumstances, LogoutPlan, LogoutRequestFacts, LogoutResponse, LogoutResponseFacts,
    Participant, check_logout_response, logout_request, logout_response,
};
use saml::provider::{LogoutService, ServiceProvider};
use saml::signature::Draft;
use saml::{Detail, EntityId, MessageId, Status};
use serde::{Deserialize, Serialize};

use super::addresses::{SLO, address, entity_id_for};
use super::refusal::Refused;
use super::{crypto, deliver, participant, signing};
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::response::{form, see_other};
use crate::pages::oidc::{Failure, Locale, LoggedOut, logged_out};
use crate::problem::{Code, Problem};

/// Seconds that a plan waits for the browser.
const SECONDS: i64 = 600;

/// A logout on its way.
#[derive(Serialize, Deserialize)]
pub(crate) struct Journey {
    pub(super) plan: LogoutPlan,
    /// Where the person goes when nobody waits for an answer.
    pub(super) home: Home,
}

/// Where the person goes.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Home {
    /// The registered address.
    pub(crate) return_to: Option<String>,
    /// Who asked, for the page.
    pub(crate) client_name: Option<String>,
    /// Frames of clients that are told by one.
    pub(crate) frames: Vec<String>,
}

/// What whoever began the logout is told.
pub(super) struct Answer {
    pub(super) initiator: Initiator,
    pub(super) status: Status,
}

impl Journey {
    /// For everybody of a session but who began it.
    pub(super) async fn of(
        app: &App,
        initiator: Option<Initiator>,
        session: &BrowserSession,
        began: Option<&EntityId>,
    ) -> Result<Self, Problem> {
        let mut known = Vec::new();
        let parts = session.clients.iter();
        for participant in parts.filter_map(|part| participant::participant(app, part)) {
            if began == Some(&participant.provider) {
                continue;
            }
            if let Some(provider) = app.durable.service_provider(&participant.provider).await? {
                known.push((participant, provider));
            }
        }
        let told = known
            .iter()
            .map(|(participant, provider)| (participant.clone(), &provider.value));
        Ok(Self {
            plan: LogoutPlan::new(initiator, told.collect()),
            home: Home::default(),
        })
    }

    /// What whoever began it is told in the end; nobody, where nobody waits.
    pub(super) fn answer(&self) -> Option<Answer> {
        let initiator = self.plan.initiator()?.clone();
        Some(Answer {
            initiator,
            status: self.plan.status(),
        })
    }
}

/// Goes to the next provider, or home.
pub(crate) async fn step(app: &App, visitor: Visitor<'_>, mut journey: Journey) -> Result<Response, Problem> {
    while let Some(delivery) = journey.plan.front_channel() {
        let entity_id = delivery.participant.provider.clone();
        let Some(provider) = app.durable.service_provider(&entity_id).await? else {
            journey.plan = journey.plan.answered(&entity_id, &failed());
            continue;
        };
        let (id, draft) = request(
            app,
            &provider.value,
            &delivery.participant,
            &delivery.service.location,
        )?;
        journey.plan = journey.plan.asked(&entity_id, id.clone());
        let plain = serde_json::to_vec(&journey).map_err(|_| Problem::new(Code::Internal))?;
        let until = app.now().plus_seconds(SECONDS);
        app.ephemeral
            .put(Kind::SamlLogout, id.as_str(), plain, until)
            .await?;
        let carried = Carried {
            binding: delivery.service.binding,
            location: &delivery.service.location,
            direction: Direction::Request,
        };
        return carry(app, visitor, &provider.value, carried, (draft, None)).await;
    }
    home(app, visitor, journey).await
}

/// Takes a browser whose session ended to whoever is told by it, and home; `None` when nobody is.
///
/// # Errors
/// The stores' problems.
pub(crate) async fn follow(
    app: &App,
    visitor: Visitor<'_>,
    session: &BrowserSession,
    home: Home,
) -> Result<Option<Response>, Problem> {
    let mut journey = Journey::of(app, None, session, None).await?;
    journey.home = home;
    let journey = deliver::back_channel(app, session, journey).await?;
    let is_everybody_told = journey.plan.failed().next().is_none();
    if is_everybody_told {
        return Ok(None);
    }
    step(app, visitor, journey).await.map(Some)
}

/// A status for who could not be told.
pub(super) fn failed() -> Status {
    Status::responder(Detail::PartialLogout, "the provider could not be told")
}

/// A logout request for a participant.
pub(super) fn request(
    app: &App,
    provider: &ServiceProvider,
    participant: &Participant,
    destination: &str,
) -> Result<(MessageId, Draft), Problem> {
    let id = crypto::message_id()?;
    let draft = logout_request(&LogoutRequestFacts {
        id: &id,
        now: app.now(),
        issuer: &entity_id_for(app, provider)?,
        destination,
        name_id: &participant.name_id,
        session_index: &participant.session_index,
    });
    let draft = draft.map_err(|_| Problem::new(Code::Internal))?;
    Ok((id, draft))
}

/// A provider answered; the plan that waits for this answer goes on, once.
pub(super) async fn go_on(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    response: &LogoutResponse,
) -> Result<Response, Refused> {
    let asked = &response.in_response_to;
    let unknown = || Refused::Page(Failure::Gone, "no logout waits for this answer");
    let waiting = app
        .ephemeral
        .read(Kind::SamlLogout, asked.as_str(), app.now())
        .await?;
    let mut journey = read(waiting).ok_or_else(unknown)?;
    let own = address(app, SLO);
    let circumstances = LogoutCircumstances {
        now: app.now(),
        own: &[&own],
    };
    let expected = journey.plan.awaiting(asked).cloned().ok_or_else(unknown)?;
    let checked = check_logout_response(response, circumstances, (&expected, asked));
    if checked.is_err() || expected != provider.entity_id {
        let words = "the logout response answers another request";
        return Err(Refused::Page(Failure::Request, words));
    }
    let taken = app.ephemeral.take(Kind::SamlLogout, asked.as_str(), app.now());
    taken.await?.ok_or_else(unknown)?;
    journey.plan = journey.plan.answered(&expected, &response.status);
    Ok(step(app, visitor, journey).await?)
}

fn read(waiting: Option<Vec<u8>>) -> Option<Journey> {
    serde_json::from_slice(&waiting?).ok()
}

/// The end: whoever began it is answered, or the person sees that they are signed out.
async fn home(app: &App, visitor: Visitor<'_>, journey: Journey) -> Result<Response, Problem> {
    if let Some(answer) = journey.answer()
        && let Some(provider) = app.durable.service_provider(&answer.initiator.provider).await?
    {
        return send_answer(app, visitor, &provider.value, &answer).await;
    }
    let Home {
        return_to,
        client_name,
        frames,
    } = &journey.home;
    let unreached = names_of_failed(app, &journey.plan).await?;
    match return_to
        .as_deref()
        .filter(|_| frames.is_empty() && unreached.is_empty())
    {
        Some(address) => see_other(address),
        None => Ok(logged_out(
            Locale::of(None, visitor.headers),
            LoggedOut {
                client_name: client_name.as_deref(),
                return_to: return_to.as_deref(),
                frames,
                unreached: &unreached,
            },
        )),
    }
}

/// The names of those who were not told, for the person.
async fn names_of_failed(app: &App, plan: &LogoutPlan) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for entity_id in plan.failed() {
        let provider = app.durable.service_provider(entity_id).await?;
        names.push(provider.map_or_else(
            || entity_id.to_string(),
            |provider| provider.value.display_name.clone(),
        ));
    }
    Ok(names)
}

/// Sends a logout response by the browser, to the address of the provider's metadata.
pub(super) async fn send_answer(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    answer: &Answer,
) -> Result<Response, Problem> {
    let front = [answer.initiator.binding, Binding::Redirect, Binding::Post];
    let service = front
        .into_iter()
        .filter(|binding| *binding != Binding::Soap)
        .find_map(|binding| provider.logout_service(binding));
    let Some(service) = service else {
        // It takes no answer: the person is told.
        let nothing = LoggedOut {
            client_name: None,
            return_to: None,
            frames: &[],
            unreached: &[],
        };
        return Ok(logged_out(Locale::of(None, visitor.headers), nothing));
    };
    let draft = answer_draft(app, (provider, service), answer)?;
    let carried = Carried {
        binding: service.binding,
        location: service.response_address(),
        direction: Direction::Response,
    };
    let relay_state = answer.initiator.relay_state.as_ref();
    carry(app, visitor, provider, carried, (draft, relay_state)).await
}

fn answer_draft(
    app: &App,
    (provider, service): (&ServiceProvider, &LogoutService),
    answer: &Answer,
) -> Result<Draft, Problem> {
    let draft = logout_response(&LogoutResponseFacts {
        id: &crypto::message_id()?,
        now: app.now(),
        issuer: &entity_id_for(app, provider)?,
        destination: service.response_address(),
        in_response_to: &answer.initiator.request,
        status: &answer.status,
    });
    draft.map_err(|_| Code::Internal.into())
}

/// A signed logout response for who asked by SOAP.
pub(super) async fn signed_answer(
    app: &App,
    provider: &ServiceProvider,
    answer: &Answer,
) -> Result<String, Problem> {
    let unnamed = LogoutService {
        binding: Binding::Soap,
        location: provider.entity_id.as_str().to_owned(),
        response_location: None,
    };
    let service = provider.logout_service(Binding::Soap).unwrap_or(&unnamed);
    let draft = answer_draft(app, (provider, service), answer)?;
    signing::sign(app, provider, draft).await
}

/// How a message leaves with the browser.
struct Carried<'a> {
    binding: Binding,
    location: &'a str,
    direction: Direction,
}

async fn carry(
    app: &App,
    visitor: Visitor<'_>,
    provider: &ServiceProvider,
    carried: Carried<'_>,
    (draft, relay_state): (Draft, Option<&RelayState>),
) -> Result<Response, Problem> {
    let Carried {
        binding,
        location,
        direction,
    } = carried;
    if binding == Binding::Redirect {
        let draft = RedirectDraft::new(location, direction, &draft.unsigned(), relay_state);
        return see_other(&signing::sign_redirect(app, provider, draft).await?);
    }
    let text = signing::sign(app, provider, draft).await?;
    let page = PostForm::new(location, direction, &text, relay_state);
    let locale = Locale::of(None, visitor.headers);
    Ok(form(locale, &page.action, &page.fields))
}
