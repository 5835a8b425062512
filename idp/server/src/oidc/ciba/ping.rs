//! The ping (CIBA 10.2): the client is told that there is an answer, never which one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use idp_store::ephemeral::Topic;
use idp_types::{SessionId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::approval::protocol::{Answered, answer_of};
use crate::outbound;
use crate::problem::Problem;

/// The pauses before another attempt. A client that still hears nothing asks by itself (CIBA 7.3: it may).
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
];

/// How long the store is not looked at where nobody wakes us.
const LOOK_SECONDS: u64 = 5;

/// Whom to tell.
pub(super) struct Notice {
    /// Where.
    pub(super) endpoint: String,
    /// `client_notification_token`: never logged, never stored.
    pub(super) token: String,
    /// What is answered.
    pub(super) auth_req_id: String,
    /// The session that asks the phone.
    pub(super) session_id: SessionId,
    /// When the request ends.
    pub(super) expires_at: Timestamp,
}

/// Waits for the answer of the phone, then tells the client. A server that stops tells nobody; the client asks by itself then.
pub(super) async fn tell_when_answered(app: Arc<App>, notice: Notice) {
    match wait(&app, &notice).await {
        Ok(()) => tell(&app, &notice).await,
        Err(problem) => tracing::warn!(code = problem.code().as_str(), "a CIBA request is not watched"),
    }
}

async fn wait(app: &App, notice: &Notice) -> Result<(), Problem> {
    let topic = Topic::Session(notice.session_id.to_string());
    let mut wakeups = app.ephemeral.subscribe(topic).await?;
    while let Answered::Waiting = answer_of(app, &notice.session_id).await? {
        let left = notice.expires_at.millis_since(app.now());
        if left <= 0 {
            break;
        }
        let left = Duration::from_millis(u64::try_from(left).unwrap_or_default());
        let pause = left.min(Duration::from_secs(LOOK_SECONDS));
        // A time that is over is no failure: look again.
        let _ = tokio::time::timeout(pause, wakeups.recv()).await;
    }
    Ok(())
}

/// CIBA 10.2: any 2xx is good, a body is not read, a redirect is not followed, a 4xx is not repeated. Whatever comes back, the answer
/// stays at the token endpoint.
async fn tell(app: &App, notice: &Notice) {
    let mut headers = HeaderMap::new();
    let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {}", notice.token)) else {
        return;
    };
    bearer.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, bearer);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = Bytes::from(json!({"auth_req_id": notice.auth_req_id}).to_string());
    for pause in PAUSES.into_iter().map(Some).chain([None]) {
        match outbound::post(app, &notice.endpoint, body.clone(), headers.clone()).await {
            Ok(status) if !status.is_server_error() => return,
            Ok(status) => tracing::debug!(%status, "a CIBA client could not be told"),
            Err(error) => tracing::debug!(%error, "a CIBA client could not be told"),
        }
        let Some(pause) = pause else { return };
        tokio::time::sleep(pause).await;
    }
}
