//! Who a client is: what it presents is compared with what it registered. Whoever fails learns nothing of which clients exist.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, header};
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_jose::jws::{self, Expectation, Verified};
use idp_jose::jwt::Claims;
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::ephemeral::{Kind, Lifetime};
use idp_store::{Change, Commit, CommitError, Versioned};
use idp_types::ClientId;
use oidc::client_authentication::{
    ASSERTION_LIMIT, Credentials, REFUSED, algorithms, check_assertion, check_method, matches_certificate,
    matches_secret, present,
};
use oidc::{AuthenticationMethod, Client, ErrorCode, OAuthError, Parameters};

use super::failure::OidcFailure;
use super::{certificate, clients, issuer, keysets};
use crate::app::App;
use crate::crypto::sha256_hex;
use crate::http::{enforce, network_of};

/// The newer name of the format (draft-ietf-oauth-rfc7523bis); `JWT` and none are accepted, too.
const ASSERTION_TYP: &str = "client-authentication+jwt";

/// A client that is who it says it is. A public one said so and nothing more.
pub(crate) struct AuthenticatedClient {
    /// The client.
    pub(crate) client: Arc<Versioned<Client>>,
    /// Thumbprint of the certificate that it showed (RFC 8705 3.1), whatever its method.
    pub(crate) certificate: Option<String>,
}

/// Authenticates the client of a request.
///
/// # Errors
/// `invalid_client` or `invalid_request`; too many failures from one network are slowed down.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    parameters: &Parameters,
    peer: IpAddr,
) -> Result<AuthenticatedClient, OidcFailure> {
    let outcome = attempt(app, headers, parameters).await;
    if let Err(OidcFailure::OAuth(error)) = &outcome
        && error.code == ErrorCode::InvalidClient
    {
        let bucket = format!("oidc-client-fail:{}", network_of(peer));
        enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await?;
        record_failure(app, peer).await?;
    }
    outcome
}

async fn attempt(
    app: &App,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<AuthenticatedClient, OidcFailure> {
    let credentials = present(authorization(headers)?, parameters)?;
    let client_id = ClientId::parse(credentials.client_id()).map_err(|_| REFUSED)?;
    let client = clients::load(app, &client_id).await?.ok_or(REFUSED)?;
    check_method(&client.value, &credentials)?;
    let certificate = certificate::presented(app, headers);
    let is_proved = match &credentials {
        Credentials::Basic { secret, .. } | Credentials::Post { secret, .. } => {
            matches_secret(&client.value.secrets, secret)
        }
        Credentials::Assertion { assertion, .. } => {
            prove_by_assertion(app, &client.value, assertion).await?;
            true
        }
        Credentials::Named { .. } if client.value.is_public() => true,
        Credentials::Named { .. } => match &certificate {
            Some(certificate) => {
                let keys = keysets::of_client(app, &client.value).await;
                matches_certificate(&client.value, certificate, &keys)
            }
            None => false,
        },
    };
    if !is_proved {
        return Err(REFUSED.into());
    }
    Ok(AuthenticatedClient {
        client,
        certificate: certificate.map(|certificate| certificate.thumbprint),
    })
}

/// The `Authorization` value; of two, nobody knows which one was meant.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).into_iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(OAuthError::invalid_request("Authorization stands twice"));
    }
    first.map(|value| value.to_str().map_err(|_| REFUSED)).transpose()
}

/// RFC 7523 3: signed by one of the client's keys, for us, short-lived, used once.
async fn prove_by_assertion(app: &App, client: &Client, assertion: &str) -> Result<(), OidcFailure> {
    debug_assert!(
        client.authentication_method == AuthenticationMethod::PrivateKeyJwt,
        "the method was checked"
    );
    let now = app.now();
    let verified = verify_assertion(app, client, assertion).await?;
    let claims = Claims::from_verified(&verified).map_err(|_| REFUSED)?;
    let own = issuer::of(app, client);
    let checked = check_assertion(&claims, client, &[&own, &app.config.issuer], now)?;
    let id = sha256_hex(format!("{}|{}", client.client_id, checked.id).as_bytes());
    // The ephemeral store refuses fast; the durable one decides.
    let life = Lifetime {
        now,
        until: checked.expires_at,
    };
    let is_new = app
        .ephemeral
        .put_new(Kind::AssertionId, &id, Vec::new(), life)
        .await?;
    if !is_new {
        return Err(REPLAYED.into());
    }
    let consumption = Consumption {
        kind: ConsumptionKind::AssertionId,
        id,
        expires_at: checked.expires_at.plus_seconds(60),
    };
    let commit = Commit {
        changes: vec![Change::Consume(consumption)],
        audit: Vec::new(),
    };
    match app.durable.commit(commit).await {
        Ok(_) => Ok(()),
        Err(CommitError::AlreadyConsumed) => Err(REPLAYED.into()),
        Err(error) => Err(error.into()),
    }
}

const REPLAYED: OAuthError = OAuthError::new(ErrorCode::InvalidClient, "the assertion was used before");

async fn verify_assertion(app: &App, client: &Client, assertion: &str) -> Result<Verified, OidcFailure> {
    let parsed = jws::parse(assertion, ASSERTION_LIMIT).map_err(|_| REFUSED)?;
    let kid = parsed.header().kid.as_deref();
    let keys = keysets::of_client_with(app, client, kid).await;
    let expectation = Expectation {
        algorithms: algorithms(client),
        typ: ASSERTION_TYP,
    };
    let verified = keys
        .candidates(parsed.header().alg, kid)
        .find_map(|key| parsed.verify_untyped(&app.verifier, &key.key, &expectation).ok());
    Ok(verified.ok_or(REFUSED)?)
}

/// A failure is on record, without the name that was tried: it may be a secret that went into the wrong field.
async fn record_failure(app: &App, peer: IpAddr) -> Result<(), OidcFailure> {
    let fact = AuditFact::new(AuditEvent::ClientAuthFail, Actor::Anonymous).from_address(Some(peer));
    let audit = vec![app.audit.record(&*app.durable, fact, app.now()).await?];
    let changes = Vec::new();
    app.durable.commit(Commit { changes, audit }).await?;
    Ok(())
}
