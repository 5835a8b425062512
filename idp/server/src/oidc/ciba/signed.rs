//! Signed authentication requests (CIBA 7.1.1): opened with the client's keys, once.

use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::{Change, Commit, CommitError};
use oidc::ciba::signed_request::{self, Circumstances, LIMIT};
use oidc::{Client, OAuthError, Parameters};

use crate::app::App;
use crate::crypto::sha256_hex;
use crate::oidc::failure::OidcFailure;
use crate::oidc::{issuer, keysets};

/// How long after its end a request is still known to be used, for clocks that disagree.
const REMEMBERED_SECONDS: i64 = 60;

/// The parameters of a signed request that was not seen before (FAPI-CIBA 5.2.2: `jti`).
pub(super) async fn open(
    app: &App,
    client: &Client,
    beside: &Parameters,
    object: &str,
) -> Result<Parameters, OidcFailure> {
    let kid = idp_jose::jws::parse(object, LIMIT)
        .ok()
        .and_then(|parsed| parsed.header().kid.clone());
    let keys = keysets::of_client_with(app, client, kid.as_deref()).await;
    let issuer = issuer::of(app, client);
    let circumstances = Circumstances {
        verifier: &app.verifier,
        keys: &keys,
        issuer: &issuer,
        now: app.now(),
    };
    let opened = signed_request::open(beside, object, client, circumstances)?;
    let id = format!("ciba|{}|{}", client.client_id, opened.id);
    let consumption = Consumption {
        kind: ConsumptionKind::AssertionId,
        id: sha256_hex(id.as_bytes()),
        expires_at: opened.expires_at.plus_seconds(REMEMBERED_SECONDS),
    };
    let commit = Commit {
        changes: vec![Change::Consume(consumption)],
        audit: Vec::new(),
    };
    match app.durable.commit(commit).await {
        Ok(_) => Ok(opened.parameters),
        Err(CommitError::AlreadyConsumed) => {
            Err(OAuthError::invalid_request("the signed request was used before").into())
        }
        Err(error) => Err(error.into()),
    }
}
