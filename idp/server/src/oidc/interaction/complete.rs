//! An approval becomes a session and a code. Which request of a browser did it is decided once, durably: the interaction is consumed in
//! the same commit that begins or extends the session.

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, header};
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::ephemeral::Kind;
use idp_store::{Change, Commit, CommitError, Versioned};
use idp_types::encoding::{base64url, from_base64url};
use oidc::authentication::Released;
use oidc::authorize::AuthorizationRequest;
use oidc::authorize::silent::{HeldApproval, OTHER_SUBJECT};
use oidc::response::Answer;
use oidc::session::SessionEnd;
use oidc::{Client, ErrorCode, OAuthError};

use super::Unavailable;
use super::record::{Interaction, save};
use crate::app::App;
use crate::crypto::SealingKey;
use crate::oidc::authorize::Visitor;
use crate::oidc::cookies::Cookie;
use crate::oidc::sessions::{self, Joined, Party};
use crate::oidc::{clients, codes, logout, response, subject};
use crate::pages::oidc::Locale;
use crate::problem::{Code, Problem};

const NOT_ACTIVE: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "the device is no longer active");

/// How often a session that changed meanwhile is read again.
const TRIES: usize = 10;

/// Answers the client with a code, or with why there is none. `None`: another request of this browser was first.
pub(super) async fn with_code(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, request): (&Interaction, &AuthorizationRequest),
    released: Released,
) -> Result<Option<Response>, Unavailable> {
    let client = client_of(app, interaction).await?;
    let client = &client.value;
    let subject = subject::of(app, client, &released.authentication);
    let acr = match check(request, &released, &subject) {
        Ok(acr) => acr,
        Err(error) => return refuse(app, visitor, (client, request), error).await.map(Some),
    };
    let about = (interaction, client.into(), pushed(app, request));
    let joined = match commit(app, visitor, about, (&released, &subject)).await? {
        Committed::Joined(joined) => {
            if let Some(key) = &request.pushed {
                app.ephemeral.take(Kind::PushedRequest, key, app.now()).await?;
            }
            joined
        }
        Committed::UsedUp => return Ok(None),
        Committed::NotActive => {
            return refuse(app, visitor, (client, request), NOT_ACTIVE)
                .await
                .map(Some);
        }
    };
    let held = HeldApproval {
        authentication: released.authentication.clone(),
        subject: subject.clone(),
        sid: joined.sid.clone(),
        scope: request.scope.granted(released.authentication.granted),
        authorization_details: request.authorization_details.clone(),
        claims_until: app.now().plus_seconds(app.config.oidc.claims_max_age_seconds),
    };
    sessions::keep(app, &joined, client.into(), (&held, &released.claims)).await?;
    let approved = codes::Approved {
        released,
        subject,
        sid: Some(held.sid),
        acr,
        claims_until: held.claims_until,
    };
    let code = codes::issue(app, request, client, approved).await?;
    remember_answer(app, visitor.headers, (interaction, &code)).await?;
    let mut response = send(app, visitor, (client, request), Answer::Code(&code)).await?;
    let cookies = [joined.set_cookie(app), remember(app, interaction)];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(Some(response))
}

/// What has to hold of the approval before anything comes of it.
fn check(request: &AuthorizationRequest, released: &Released, subject: &str) -> Result<String, OAuthError> {
    // OIDC Core 3.1.2.1: the person that the hint names, or nobody.
    if request
        .expected_subject
        .as_deref()
        .is_some_and(|expected| expected != subject)
    {
        return Err(OTHER_SUBJECT);
    }
    request.requirements.met_by(&released.authentication)
}

pub(super) async fn client_of(
    app: &App,
    interaction: &Interaction,
) -> Result<Arc<Versioned<Client>>, Unavailable> {
    let client = clients::load(app, &interaction.client_id).await?;
    client.ok_or(Unavailable::Gone)
}

/// Ends the interaction with a refusal.
pub(super) async fn refuse(
    app: &App,
    visitor: Visitor<'_>,
    (client, request): (&Client, &AuthorizationRequest),
    error: OAuthError,
) -> Result<Response, Unavailable> {
    send(app, visitor, (client, request), Answer::Error(error)).await
}

async fn send(
    app: &App,
    visitor: Visitor<'_>,
    (client, request): (&Client, &AuthorizationRequest),
    answer: Answer<'_>,
) -> Result<Response, Unavailable> {
    let locales = request.ui_locales.join(" ");
    let locale = Locale::of(Some(&locales), visitor.headers);
    Ok(response::send(app, client, (&request.destination, answer), locale).await?)
}

/// What came of the commit.
pub(super) enum Committed {
    /// The session began or goes on.
    Joined(Box<Joined>),
    /// Another request of this browser was first, or the pushed request was answered in another window.
    UsedUp,
    /// The device was revoked since it approved.
    NotActive,
}

/// One commit: the interaction, and what else is used up with it, the device is still active, the session begins or goes on, and
/// somebody else's in this browser ends.
pub(super) async fn commit(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, party, also): (&Interaction, Party<'_>, Option<Change>),
    approved: (&Released, &str),
) -> Result<Committed, Unavailable> {
    for _ in 0..TRIES {
        let visit = sessions::load(app, visitor.headers).await?;
        let joined = sessions::join(app, visit, party, approved)?;
        let logout::Ending {
            mut changes,
            mut audit,
        } = match &joined.replaced {
            Some(other) => logout::ending(app, &other.session, SessionEnd::Replaced).await?,
            None => logout::Ending::default(),
        };
        let authentication = &approved.0.authentication;
        changes.push(Change::RequireActiveDevice {
            token_id: authentication.token_id.clone(),
            device_id: authentication.device_id.clone(),
        });
        changes.push(use_up(interaction));
        changes.extend(also.clone());
        changes.push(joined.change());
        audit.push(joined.record(app, party).await?);
        match app.durable.commit(Commit { changes, audit }).await {
            Ok(_) => {
                tidy(app, &joined).await?;
                return Ok(Committed::Joined(Box::new(joined)));
            }
            Err(CommitError::AlreadyConsumed) => return Ok(Committed::UsedUp),
            Err(CommitError::DeviceNotActive) => return Ok(Committed::NotActive),
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(Problem::from(error).into()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1).into())
}

/// What follows from the commit.
async fn tidy(app: &App, joined: &Joined) -> Result<(), Problem> {
    if let Some(other) = &joined.replaced {
        logout::announce(app);
        sessions::forget_claims(app, &other.cookie, &other.session.value).await?;
    }
    Ok(())
}

pub(super) fn use_up(interaction: &Interaction) -> Change {
    Change::Consume(Consumption {
        kind: ConsumptionKind::Interaction,
        id: interaction.id.clone(),
        expires_at: interaction.expires_at.plus_seconds(60),
    })
}

/// A pushed request is answered once.
fn pushed(app: &App, request: &AuthorizationRequest) -> Option<Change> {
    let key = request.pushed.as_ref()?;
    Some(Change::Consume(Consumption {
        kind: ConsumptionKind::PushedRequest,
        id: key.clone(),
        expires_at: app.now().plus_seconds(app.config.oidc.interaction_seconds + 3600),
    }))
}

/// `Set-Cookie` for the tokenId that the person wants remembered here, or no longer.
pub(super) fn remember(app: &App, interaction: &Interaction) -> Option<http::HeaderValue> {
    /// A year, in seconds.
    const YEAR: i64 = 365 * 86_400;
    match interaction.remember.as_deref()? {
        "" => Cookie::Remembered.clear(app),
        token_id => Cookie::Remembered.set(app, token_id, Some(YEAR)),
    }
}

/// Keeps the code, or token, for a second press of the button, sealed under the browser's cookie.
pub(super) async fn remember_answer(
    app: &App,
    headers: &HeaderMap,
    (interaction, code): (&Interaction, &str),
) -> Result<(), Unavailable> {
    let cookie = Cookie::Browser
        .read(app, headers)
        .ok_or(Unavailable::OtherBrowser)?;
    let key = SealingKey::of_bearer(&cookie, b"answer")?;
    let sealed = key.seal(interaction.id.as_bytes(), code.as_bytes())?;
    let answered = Interaction {
        answered: Some(base64url(&sealed)),
        // As long as the code can be redeemed, and no longer.
        expires_at: app.now().plus_seconds(app.config.oidc.code_seconds),
        ..interaction.clone()
    };
    Ok(save(app, &answered).await?)
}

/// The code that was given already, while it can be redeemed.
pub(super) async fn code_again(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, request): (&Interaction, &AuthorizationRequest),
) -> Result<Response, Unavailable> {
    let client = client_of(app, interaction).await?;
    let code = answer_of(app, visitor.headers, interaction)?;
    send(app, visitor, (&client.value, request), Answer::Code(&code)).await
}

/// What [`remember_answer`] kept.
pub(super) fn answer_of(
    app: &App,
    headers: &HeaderMap,
    interaction: &Interaction,
) -> Result<String, Unavailable> {
    let cookie = Cookie::Browser
        .read(app, headers)
        .ok_or(Unavailable::OtherBrowser)?;
    let sealed = interaction
        .answered
        .as_deref()
        .and_then(from_base64url)
        .ok_or(Unavailable::Gone)?;
    let plain = SealingKey::of_bearer(&cookie, b"answer")?.open(interaction.id.as_bytes(), &sealed)?;
    String::from_utf8(plain).map_err(|_| Unavailable::Gone)
}
