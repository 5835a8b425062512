//! Requests under way, in the ephemeral store, by the digest of their `auth_req_id`.

use idp_store::ephemeral::Kind;
use idp_types::encoding::base64url;
use oidc::ciba::Transaction;

use crate::app::App;
use crate::crypto::{random, sha256_hex};
use crate::problem::{Code, Problem};

/// How long after its end a request is still known: whoever asks late learns that it expired, and an approval of the last moment can
/// be fetched.
const KEPT_SECONDS: i64 = 300;

/// The longest `auth_req_id` that is looked at.
const LIMIT: usize = 128;

/// Keeps a request; its `auth_req_id`, of 256 random bits (CIBA 7.3).
pub(super) async fn create(app: &App, transaction: &Transaction) -> Result<String, Problem> {
    let auth_req_id = base64url(&random::<32>()?);
    save(app, &auth_req_id, transaction).await?;
    Ok(auth_req_id)
}

/// Writes it.
pub(super) async fn save(app: &App, auth_req_id: &str, transaction: &Transaction) -> Result<(), Problem> {
    let key = sha256_hex(auth_req_id.as_bytes());
    let bytes = serde_json::to_vec(transaction).map_err(|_| Problem::new(Code::Internal))?;
    let until = transaction.request.expires_at.plus_seconds(KEPT_SECONDS);
    app.ephemeral.put(Kind::CibaRequest, &key, bytes, until).await?;
    Ok(())
}

/// The request of this `auth_req_id`.
pub(super) async fn load(app: &App, auth_req_id: &str) -> Result<Option<Transaction>, Problem> {
    if auth_req_id.len() > LIMIT {
        return Ok(None);
    }
    let key = sha256_hex(auth_req_id.as_bytes());
    let found = app.ephemeral.read(Kind::CibaRequest, &key, app.now()).await?;
    Ok(found.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Forgets a request that was answered for good.
pub(super) async fn forget(app: &App, auth_req_id: &str) -> Result<(), Problem> {
    let key = sha256_hex(auth_req_id.as_bytes());
    app.ephemeral.take(Kind::CibaRequest, &key, app.now()).await?;
    Ok(())
}
