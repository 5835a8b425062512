//! The outbox of back-channel logout (Back-Channel Logout 1.0, 2.5 to 2.8). What a client is owed stands in the durable store until the
//! client took it, said that it never will, or a day is over; so a restart, or a client that is down, costs time and nothing else.
//!
//! One instance of all sends. At least once: a server that dies between the answer and its record sends the same `jti` again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_store::{Change, Commit};
use oidc::Client;
use oidc::logout::{LOGOUT_TOKEN_TYPE, LogoutDelivery, logout_token};
use oidc::session::SessionEnd;
use tokio::task::{Id, JoinSet};

use super::{clients, issuer, logout, tokens};
use crate::app::App;
use crate::crypto::random;
use crate::outbound::post;
use crate::problem::Problem;
use crate::saml::participant::is_provider;

/// How long the outbox waits unless it is woken. What waits here are second tries and sessions that expire.
const LOOK: Duration = Duration::from_secs(1);

/// Deliveries under way at once. Each takes five seconds at the most.
const FLYING: usize = 64;

/// Rows of one question to the store.
const ROWS: u32 = 256;

/// Deliveries under way, by task.
#[derive(Default)]
struct Flying {
    tasks: JoinSet<()>,
    ids: HashMap<Id, String>,
}

impl Flying {
    fn has(&self, id: &str) -> bool {
        self.ids.values().any(|flying| flying == id)
    }

    fn send(&mut self, app: &Arc<App>, delivery: LogoutDelivery) {
        let (app, id) = (app.clone(), delivery.id.clone());
        let handle = self.tasks.spawn(async move {
            if let Err(problem) = deliver(&app, delivery).await {
                tracing::error!(code = problem.code().as_str(), "a logout cannot be recorded");
            }
        });
        self.ids.insert(handle.id(), id);
    }

    /// Waits for one to end; for ever when there is none.
    async fn land(&mut self) {
        let landed = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return std::future::pending().await,
        };
        self.ids.remove(&landed);
    }
}

/// Runs until it is aborted.
pub(crate) async fn run(app: Arc<App>) {
    let mut flying = Flying::default();
    let mut was_well = true;
    loop {
        let looked = if app.leads() {
            look(&app, &mut flying).await
        } else {
            Ok(())
        };
        let trouble = looked.err().map(|problem| problem.code().as_str().to_owned());
        if let Some(trouble) = trouble.as_ref().filter(|_| was_well) {
            tracing::error!(%trouble, "the outbox cannot be read");
        }
        was_well = trouble.is_none();
        app.note_health("logout", trouble);
        tokio::select! {
            () = app.oidc.logouts.notified() => {}
            () = flying.land() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Ends sessions whose time is over, then sends what is due.
async fn look(app: &Arc<App>, flying: &mut Flying) -> Result<(), Problem> {
    for session in app.durable.due_browser_sessions(app.now(), ROWS).await? {
        logout::end_session(app, Arc::new(session), SessionEnd::Expired).await?;
    }
    let due = app.durable.due_logout_deliveries(app.now(), ROWS).await?;
    app.oidc.note_outbox(&due, app.now());
    for delivery in due {
        if flying.ids.len() >= FLYING {
            break;
        }
        if !flying.has(&delivery.id) {
            flying.send(app, delivery);
        }
    }
    Ok(())
}

/// What a client made of a logout token, or a SAML service provider of a logout request.
pub(crate) enum Taken {
    /// 2.8: 200, or 204 from a framework that likes it.
    Yes,
    /// 2.8: 400, the token was not acceptable. It will not be, the next time.
    Refused,
    /// No answer, or the client's own trouble.
    NotYet,
}

async fn deliver(app: &App, delivery: LogoutDelivery) -> Result<(), Problem> {
    if is_provider(&delivery.client_id) {
        let taken = crate::saml::deliver(app, &delivery).await?;
        return end(app, delivery, taken).await;
    }
    let client = clients::load(app, &delivery.client_id).await?;
    let address = client.as_ref().and_then(|client| {
        let address = client.value.backchannel_logout_uri.as_deref()?;
        Some((&client.value, address))
    });
    let Some((client, address)) = address else {
        return close(app, &delivery, (AuditEvent::LogoutGiveUp, "no_address")).await;
    };
    let taken = send(app, (client, address), &delivery).await;
    end(app, delivery, taken).await
}

async fn end(app: &App, delivery: LogoutDelivery, taken: Taken) -> Result<(), Problem> {
    match taken {
        Taken::Yes => close(app, &delivery, (AuditEvent::LogoutSend, "taken")).await,
        Taken::Refused => close(app, &delivery, (AuditEvent::LogoutGiveUp, "refused")).await,
        Taken::NotYet => postpone(app, delivery).await,
    }
}

/// 2.5: the token is the only parameter of a form.
async fn send(app: &App, (client, address): (&Client, &str), delivery: &LogoutDelivery) -> Taken {
    let claims = logout_token(delivery, &issuer::of(app, client), app.now());
    let signed = tokens::sign(
        app,
        client.id_token_signed_response_alg,
        LOGOUT_TOKEN_TYPE,
        claims,
    )
    .await;
    let Ok(token) = signed else {
        tracing::error!(client = %client.client_id, "a logout token cannot be signed");
        return Taken::NotYet;
    };
    let body = format!("logout_token={token}");
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form)]);
    match post(app, address, body, headers).await {
        Ok(status) if status.is_success() => Taken::Yes,
        Ok(StatusCode::BAD_REQUEST) => Taken::Refused,
        Ok(status) => {
            tracing::warn!(client = %client.client_id, %status, "a client did not take a logout");
            Taken::NotYet
        }
        Err(error) => {
            tracing::warn!(client = %client.client_id, %error, "a client did not take a logout");
            Taken::NotYet
        }
    }
}

/// Later, or never when it would be too late.
async fn postpone(app: &App, delivery: LogoutDelivery) -> Result<(), Problem> {
    let [dice] = random::<1>()?;
    let Some(next) = delivery.clone().postponed(app.now(), dice) else {
        return close(app, &delivery, (AuditEvent::LogoutGiveUp, "too_old")).await;
    };
    let changes = vec![Change::PutLogoutDelivery {
        delivery: Box::new(next),
    }];
    app.durable
        .commit(Commit {
            changes,
            audit: Vec::new(),
        })
        .await?;
    Ok(())
}

/// Forgets a delivery, with the record of how it ended.
async fn close(
    app: &App,
    delivery: &LogoutDelivery,
    (event, how): (AuditEvent, &'static str),
) -> Result<(), Problem> {
    let fact = AuditFact::new(event, Actor::System)
        .with("client", delivery.client_id.as_str())
        .with("logout", delivery.id.as_str())
        .with("how", how);
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    let changes = vec![Change::RemoveLogoutDelivery {
        id: delivery.id.clone(),
    }];
    app.durable.commit(Commit { changes, audit }).await?;
    Ok(())
}
