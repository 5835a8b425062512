//! What userinfo needs of an access token, sealed under the token itself: whoever opens it holds a token that we issued, so that no
//! signature has to be verified, and the store alone tells nothing (profile 1.5).

use idp_store::ephemeral::Kind;
use idp_types::{ClientId, DeviceId, Timestamp, TokenId};
use oidc::grant::Confirmation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::app::App;
use crate::crypto::{SealingKey, sha256_hex};
use crate::problem::{Code, Problem};

const PURPOSE: &[u8] = b"access";

/// The facts of an access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccessRecord {
    /// To whom it was given.
    pub(crate) client_id: ClientId,
    /// Whose login is behind it.
    pub(crate) holder: (TokenId, DeviceId),
    /// Whether its scope has `openid`.
    pub(crate) has_openid: bool,
    /// To which key it is bound.
    pub(crate) confirmation: Option<Confirmation>,
    /// When the person authenticated, Unix seconds.
    pub(crate) auth_time: i64,
    /// When it expires.
    pub(crate) expires_at: Timestamp,
    /// Its status list.
    pub(crate) list: u32,
    /// Its entry there.
    pub(crate) index: u32,
}

/// Keeps a record with the answer of userinfo. A full store costs the claims, not the login.
pub(super) async fn keep_record(
    app: &App,
    access_token: &str,
    record: &AccessRecord,
    userinfo: &Map<String, Value>,
    until: Timestamp,
) -> Result<(), Problem> {
    let internal = |_| Problem::new(Code::Internal);
    // JSON text has no raw line end, so one separates the two.
    let mut plain = serde_json::to_vec(record).map_err(internal)?;
    plain.push(b'\n');
    serde_json::to_writer(&mut plain, userinfo).map_err(internal)?;
    let key = sha256_hex(access_token.as_bytes());
    let sealed = SealingKey::of_bearer(access_token, PURPOSE)?.seal(key.as_bytes(), &plain)?;
    if let Err(error) = app.ephemeral.put(Kind::AccessClaims, &key, sealed, until).await {
        tracing::warn!(%error, "the claims of an access token are not kept");
    }
    Ok(())
}

/// The record of an access token and the answer of userinfo, while they are kept.
///
/// # Errors
/// The ephemeral store's problems.
pub(crate) async fn open_record(
    app: &App,
    access_token: &str,
) -> Result<Option<(AccessRecord, Vec<u8>)>, Problem> {
    let key = sha256_hex(access_token.as_bytes());
    let sealed = app.ephemeral.read(Kind::AccessClaims, &key, app.now()).await?;
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let mut plain = SealingKey::of_bearer(access_token, PURPOSE)?.open(key.as_bytes(), &sealed)?;
    let end = plain.iter().position(|byte| *byte == b'\n');
    let userinfo = end.map(|end| plain.split_off(end));
    let record = serde_json::from_slice(&plain).ok();
    Ok(record.zip(userinfo.map(|mut userinfo| userinfo.split_off(1))))
}

/// Forgets the record of an access token that was revoked.
///
/// # Errors
/// The ephemeral store's problems.
pub(crate) async fn forget_record(app: &App, access_token: &str) -> Result<(), Problem> {
    let key = sha256_hex(access_token.as_bytes());
    app.ephemeral.take(Kind::AccessClaims, &key, app.now()).await?;
    Ok(())
}
