//! Who asks in a service's name (profile 4): a registered origin, a service secret, or a signed assertion.

use std::net::IpAddr;

use http::{HeaderMap, header};
use idp_core::approval::Caller;
use idp_core::service::{CallerAuthentication, Service};
use idp_jose::jws::{self, Expectation};
use idp_jose::{Algorithm, Jwk};
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_store::{Change, Commit, CommitError};
use idp_types::Timestamp;
use idp_types::encoding::lowerhex;
use idp_types::secret::constant_time_equal;

use super::limit::{enforce, network_of};
use crate::app::App;
use crate::crypto::{sha256, sha256_hex};
use crate::problem::{Code, Problem};

/// The largest client assertion.
const ASSERTION_LIMIT: usize = 4096;

/// The longest life of a client assertion, in seconds.
const ASSERTION_SECONDS: i64 = 300;

/// A digest that stands for the caller's network, so that no address is kept.
pub fn caller_of(app: &App, address: IpAddr) -> String {
    let keyed = [
        app.secrets().caller_index.expose().as_slice(),
        network_of(address).as_bytes(),
    ]
    .concat();
    lowerhex(sha256(&keyed).get(..8).unwrap_or_default())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Authenticates the caller as the service demands, and counts it against the service's quota.
///
/// # Errors
/// `invalid_client`, `origin_not_allowed` or `rate_limited`.
pub async fn identify_caller(
    app: &App,
    service: &Service,
    headers: &HeaderMap,
    address: IpAddr,
) -> Result<Caller, Problem> {
    if service.caller_authentication == CallerAuthentication::Origin {
        check_origin(service, headers)?;
        return Ok(Caller {
            authenticated: false,
            handle: caller_of(app, address),
        });
    }
    let network = network_of(address);
    let Some(token) = bearer(headers) else {
        return Err(Code::CallerNotAuthenticated.into());
    };
    let authenticated = match service.caller_authentication {
        CallerAuthentication::Secret => has_secret(service, token),
        _ => has_assertion(app, service, token).await?,
    };
    if !authenticated {
        enforce(
            app,
            &format!("caller-fail:{network}"),
            app.config.limits.verify_failures_per_minute,
            60,
        )
        .await?;
        return Err(Code::CallerNotAuthenticated.into());
    }
    enforce(
        app,
        &format!("service:{}", service.service_id),
        app.config.limits.service_per_minute,
        60,
    )
    .await?;
    Ok(Caller {
        authenticated: true,
        handle: service.service_id.to_string(),
    })
}

/// A browser says where it comes from; what is no browser says nothing and is counted by its address alone (known to be weak,
/// profile 4).
fn check_origin(service: &Service, headers: &HeaderMap) -> Result<(), Problem> {
    match headers
        .get(header::ORIGIN)
        .map(|origin| origin.to_str().unwrap_or_default())
    {
        Some(origin) if !service.origins.iter().any(|allowed| allowed == origin) => {
            Err(Code::OriginNotAllowed.into())
        }
        _ => Ok(()),
    }
}

fn has_secret(service: &Service, secret: &str) -> bool {
    let digest = sha256_hex(secret.as_bytes());
    service.secrets.iter().fold(false, |found, hash| {
        found | constant_time_equal(hash.0.as_bytes(), digest.as_bytes())
    })
}

/// RFC 7523 section 3: signed by the service's key, for this issuer, short-lived, used once.
async fn has_assertion(app: &App, service: &Service, assertion: &str) -> Result<bool, Problem> {
    let Some(claims) = verify_assertion(app, service, assertion) else {
        return Ok(false);
    };
    let now = app.now().unix_seconds();
    let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
    let named =
        text("iss") == Some(service.service_id.as_str()) && text("sub") == Some(service.service_id.as_str());
    let audience = text("aud") == Some(app.config.issuer.as_str());
    let expires = claims.get("exp").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let live = (now..=now + ASSERTION_SECONDS).contains(&expires);
    let Some(id) = text("jti").filter(|id| (1..=128).contains(&id.len())) else {
        return Ok(false);
    };
    if !(named && audience && live) {
        return Ok(false);
    }
    let consumption = Consumption {
        kind: ConsumptionKind::AssertionId,
        id: sha256_hex(format!("{}|{id}", service.service_id).as_bytes()),
        expires_at: Timestamp::from_unix_seconds(expires + 60),
    };
    let commit = Commit {
        changes: vec![Change::Consume(consumption)],
        audit: Vec::new(),
    };
    match app.durable.commit(commit).await {
        Ok(_) => Ok(true),
        Err(CommitError::AlreadyConsumed) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn verify_assertion(
    app: &App,
    service: &Service,
    assertion: &str,
) -> Option<serde_json::Map<String, serde_json::Value>> {
    let jwk = Jwk::parse(service.caller_key.as_deref()?.as_bytes()).ok()?;
    let parsed = jws::parse(assertion, ASSERTION_LIMIT).ok()?;
    let expectation = Expectation {
        algorithms: &Algorithm::ALL,
        typ: "client-authentication+jwt",
    };
    parsed
        .verify_untyped(&app.verifier, &jwk.key, &expectation)
        .ok()?
        .claims()
        .ok()
}
