//! Authorization codes (RFC 6749 4.1.2, profile 1.5): 256 random bits; what they stand for is sealed under them. That one is redeemed
//! once is decided by redemption, durably.

use idp_store::ephemeral::Kind;
use idp_types::Timestamp;
use idp_types::encoding::base64url;
use oidc::Client;
use oidc::authentication::Released;
use oidc::authorize::{AuthorizationRequest, CodeGrant};

use crate::app::App;
use crate::crypto::{SealingKey, random, sha256_hex};
use crate::problem::{Code, Problem};

/// FAPI 2.0 5.3.2.1: at most a minute.
const FAPI_SECONDS: i64 = 60;

/// What a person approved, for one client.
pub(crate) struct Approved {
    /// Who, when, how, and the claims; nothing beyond what was asked for.
    pub(crate) released: Released,
    /// `sub` as the client sees it.
    pub(crate) subject: String,
    /// The client's `sid`.
    pub(crate) sid: Option<String>,
    /// The `acr` to assert.
    pub(crate) acr: String,
    /// Until when the claims may be kept.
    pub(crate) claims_until: Timestamp,
}

/// Issues a code.
///
/// # Errors
/// The ephemeral store's problems.
pub(crate) async fn issue(
    app: &App,
    request: &AuthorizationRequest,
    client: &Client,
    approved: Approved,
) -> Result<String, Problem> {
    let code = base64url(&random::<32>()?);
    let now = app.now();
    let seconds = match client.profile {
        oidc::client::ClientProfile::Fapi2 => app.config.oidc.code_seconds.min(FAPI_SECONDS),
        _ => app.config.oidc.code_seconds,
    };
    let granted = approved.released.authentication.granted;
    let grant = CodeGrant {
        client_id: client.client_id.clone(),
        service_id: client.service_id.clone(),
        redirect_uri: request.destination.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        scope: request.scope.granted(granted),
        claims_request: (!request.claims.is_empty()).then(|| request.claims.to_value()),
        acr: approved.acr,
        sid: approved.sid,
        subject: approved.subject,
        resources: request.resources.clone(),
        authorization_details: request.authorization_details.clone(),
        dpop_jkt: request.dpop_jkt.clone(),
        released: approved.released,
        issued_at: now,
        expires_at: now.plus_seconds(seconds),
        claims_until: approved.claims_until,
    };
    let plain = serde_json::to_vec(&grant).map_err(|_| Problem::new(Code::Internal))?;
    let key = sha256_hex(code.as_bytes());
    let sealed = SealingKey::of_bearer(&code, b"code")?.seal(key.as_bytes(), &plain)?;
    app.ephemeral
        .put(Kind::AuthorizationCode, &key, sealed, grant.expires_at)
        .await?;
    Ok(code)
}

/// What a code stands for, while it can be redeemed. Redemption itself is the durable consumption of `sha256_hex(code)`.
///
/// # Errors
/// The ephemeral store's problems.
pub(crate) async fn open(app: &App, code: &str) -> Result<Option<CodeGrant>, Problem> {
    let now = app.now();
    let key = sha256_hex(code.as_bytes());
    let Some(sealed) = app.ephemeral.read(Kind::AuthorizationCode, &key, now).await? else {
        return Ok(None);
    };
    let plain = SealingKey::of_bearer(code, b"code")?.open(key.as_bytes(), &sealed)?;
    let grant: Option<CodeGrant> = serde_json::from_slice(&plain).ok();
    Ok(grant.filter(|grant| now < grant.expires_at))
}
