//! `POST /enroll/challenge` (profile 2): what the new key has to sign, so that nobody enrols a key that is not his.

use axum::Json;
use axum::extract::State;
use idp_store::ephemeral::{Kind, Lifetime};
use idp_types::Timestamp;
use idp_types::encoding::{base64url, from_base64url};
use serde::Serialize;

use crate::app::App;
use crate::crypto::random;
use crate::http::{AppState, Peer, enforce, network_of};
use crate::problem::{Code, Problem};

/// Seconds that a challenge lives (profile 2).
pub(super) const CHALLENGE_SECONDS: i64 = 300;

/// A challenge.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChallengeResponse {
    /// 32 random bytes, base64url. Good for one `POST /enroll`.
    challenge: String,
    /// When it ends.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Hands out a challenge for the proof of possession.
#[utoipa::path(
    post, path = "/enroll/challenge", tag = "enrolment",
    responses((status = 200, body = ChallengeResponse), (status = 429, description = "rate_limited"))
)]
pub(crate) async fn challenge(
    State(app): AppState,
    Peer(address): Peer,
) -> Result<Json<ChallengeResponse>, Problem> {
    let bucket = format!("challenge:{}", network_of(address));
    enforce(&app, &bucket, app.config.limits.challenge_per_minute, 60).await?;
    let now = app.now();
    let expires_at = now.plus_seconds(CHALLENGE_SECONDS);
    let challenge = base64url(&random::<32>()?);
    let life = Lifetime {
        now,
        until: expires_at,
    };
    if app
        .ephemeral
        .put_new(Kind::EnrolmentChallenge, &challenge, Vec::new(), life)
        .await?
    {
        Ok(Json(ChallengeResponse {
            challenge,
            expires_at,
        }))
    } else {
        // 256 random bits that were drawn before: the randomness is broken.
        Err(Code::Internal.into())
    }
}

/// Takes a challenge out of the store: `false` when it is unknown, used or too old. The durable commit decides again.
pub(super) async fn redeem(app: &App, challenge: &str) -> Result<bool, Problem> {
    if from_base64url(challenge).is_none_or(|bytes| bytes.len() != 32) {
        return Ok(false);
    }
    let taken = app
        .ephemeral
        .take(Kind::EnrolmentChallenge, challenge, app.now())
        .await?;
    Ok(taken.is_some())
}
