//! Signed authentication requests (CIBA 7.1.1, FAPI-CIBA 5.2.2). What is wrong with one is `invalid_request`: CIBA 13 has no other
//! code for it.

use idp_jose::jws::Expectation;
use idp_jose::jwt::{Claims, JwtError};
use idp_types::Timestamp;

use crate::client::Client;
use crate::error::OAuthError;
use crate::parameters::Parameters;
use crate::signed_request::{ABOUT_ITSELF, Fault, LEEWAY, WINDOW, algorithms, text, verified};
pub use crate::signed_request::{Circumstances, LIMIT};

/// The longest `jti`.
const ID_LIMIT: usize = 256;

/// CIBA 7.1.1: what may stand beside a signed request, for client authentication.
const BESIDE: [&str; 5] = [
    "request",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// What a signed request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The parameters.
    pub parameters: Parameters,
    /// `jti`: used once until `expires_at`.
    pub id: String,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// CIBA 4, FAPI-CIBA 5.2.2: whether the client's requests must be signed.
pub fn must_sign(client: &Client) -> bool {
    client.backchannel_authentication_request_signing_alg.is_some() || client.profile.is_fapi()
}

/// Verifies a signed request. That its `jti` is new is the shell's to decide.
///
/// # Errors
/// `invalid_request`.
pub fn open(
    beside: &Parameters,
    object: &str,
    client: &Client,
    circumstances: Circumstances<'_>,
) -> Result<Opened, OAuthError> {
    if !beside.names().all(|name| BESIDE.contains(&name)) {
        return Err(invalid(
            "nothing but client authentication stands beside a signed request",
        ));
    }
    let claims = verify(object, client, circumstances)?;
    let (id, expires_at) = check(&claims, client, circumstances)?;
    let mut parameters = Parameters::default();
    for (name, value) in claims.as_map() {
        if !ABOUT_ITSELF.contains(&name.as_str()) && !BESIDE.contains(&name.as_str()) {
            let text = text(value).ok_or(invalid("a member of the signed request has a wrong type"))?;
            parameters.set(name, vec![text]);
        }
    }
    Ok(Opened {
        parameters,
        id,
        expires_at,
    })
}

/// CIBA 7.1.1: signed by a key of the client, asymmetrically; never `none`.
fn verify(object: &str, client: &Client, circumstances: Circumstances<'_>) -> Result<Claims, OAuthError> {
    let registered = client.backchannel_authentication_request_signing_alg;
    let expectation = Expectation {
        // The registered algorithm (CIBA 4); FAPI-CIBA 5.2.2 leaves RS256 out.
        algorithms: &algorithms(registered, client.profile.is_fapi()),
        typ: "JWT",
    };
    verified(object, &expectation, circumstances).map_err(|fault| match fault {
        Fault::Form => invalid("the signed request is not an acceptable JWS"),
        Fault::Key => invalid("the request is not signed by a key of the client"),
        Fault::Claims => invalid("the signed request has no claims"),
    })
}

/// CIBA 7.1.1: `iss`, `aud`, `exp`, `iat`, `nbf` and `jti` are there. FAPI-CIBA 5.2.2: young, and short-lived.
fn check(
    claims: &Claims,
    client: &Client,
    circumstances: Circumstances<'_>,
) -> Result<(String, Timestamp), OAuthError> {
    let now = circumstances.now.unix_seconds();
    let or = |description| move |_: JwtError| invalid(description);
    claims
        .require_issuer(client.client_id.as_str())
        .map_err(or("iss of the signed request must be the client_id"))?;
    claims
        .require_audience(&[circumstances.issuer])
        .map_err(or("aud of the signed request must name the issuer"))?;
    let ends = claims
        .required_time("exp")
        .map_err(or("exp of the signed request is missing"))?;
    let begins = claims
        .required_time("nbf")
        .map_err(or("nbf of the signed request is missing"))?;
    let made = claims
        .required_time("iat")
        .map_err(or("iat of the signed request is missing"))?;
    if ends <= now {
        return Err(invalid("the signed request is expired"));
    }
    if begins.max(made) > now.saturating_add(LEEWAY) {
        return Err(invalid("nbf or iat of the signed request lies ahead"));
    }
    if begins < now.saturating_sub(WINDOW) {
        return Err(invalid("nbf of the signed request is too long ago"));
    }
    if ends.saturating_sub(begins) > WINDOW {
        return Err(invalid("the signed request lives too long"));
    }
    let id = claims
        .required_text("jti")
        .map_err(or("jti of the signed request is missing"))?;
    if !(1..=ID_LIMIT).contains(&id.len()) {
        return Err(invalid("jti of the signed request is empty or too long"));
    }
    Ok((id.to_owned(), Timestamp::from_unix_seconds(ends)))
}

const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::invalid_request(description)
}
