//! Request objects (RFC 9101; OIDC Core 6.1): parameters that the client signed.

use data_encoding::BASE64URL_NOPAD;
use idp_jose::json::Map;
use idp_jose::jws::Expectation;
use idp_jose::jwt::Claims;
use idp_types::ClientId;
use serde_json::Value;

use crate::client::{Client, ClientProfile};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::signed_request::{ABOUT_ITSELF, Fault, LEEWAY, WINDOW, algorithms, text, verified};
pub use crate::signed_request::{Circumstances, LIMIT};

/// The type of RFC 9101 10.8; `JWT` and none are accepted as well, as OIDC Core knew no other.
const TYPE: &str = "oauth-authz-req+jwt";

/// Verifies a request object and puts its members in place of the parameters beside it. Where the client must sign, only the members
/// count (RFC 9101 6.3); else parameters beside the object fill what it leaves open (OIDC Core 6.1).
///
/// # Errors
/// `invalid_request_object`; `request_not_supported` for an unsigned one.
pub fn merge(
    beside: &Parameters,
    object: &str,
    client: &Client,
    circumstances: Circumstances<'_>,
) -> Result<Parameters, OAuthError> {
    let members = verify(object, client, circumstances)?;
    check_agreement(beside, &members, &client.client_id)?;
    let mut merged = if is_strict(client) {
        Parameters::default()
    } else {
        beside.clone()
    };
    for (name, value) in &members {
        if !ABOUT_ITSELF.contains(&name.as_str()) {
            merged.set(name, texts(value)?);
        }
    }
    merged.set("client_id", vec![client.client_id.to_string()]);
    merged.remove("request");
    Ok(merged)
}

/// Whether nothing outside the signature counts.
fn is_strict(client: &Client) -> bool {
    client.require_signed_request_object || client.profile == ClientProfile::Fapi2
}

/// RFC 9101 6.2: signed by the client's key; `none` is refused (FAPI 2.0 Message Signing 5.3.1).
fn verify(object: &str, client: &Client, circumstances: Circumstances<'_>) -> Result<Map, OAuthError> {
    if is_unsigned(object) && !is_strict(client) {
        return Err(OAuthError::new(
            ErrorCode::RequestNotSupported,
            "unsigned request objects are not supported",
        ));
    }
    let is_fapi = client.profile == ClientProfile::Fapi2;
    let expectation = Expectation {
        // The registered algorithm (OIDC Registration 2); FAPI 2.0 5.4.1 leaves RS256 out.
        algorithms: &algorithms(client.request_object_signing_alg, is_fapi),
        typ: TYPE,
    };
    let claims = verified(object, &expectation, circumstances).map_err(|fault| match fault {
        Fault::Form => invalid("the request object is not an acceptable JWS"),
        Fault::Key => invalid("the request object is not signed by a key of the client"),
        Fault::Claims => invalid("the request object has no claims"),
    })?;
    check_claims(&claims, client, circumstances)?;
    Ok(claims.into_map())
}

fn is_unsigned(object: &str) -> bool {
    let header = object
        .split('.')
        .next()
        .filter(|header| header.len() <= LIMIT)
        .unwrap_or_default();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header.get("alg").and_then(Value::as_str) == Some("none")
}

/// RFC 9101 4 and 6.3: by the client, for this issuer, now.
fn check_claims(
    claims: &Claims,
    client: &Client,
    circumstances: Circumstances<'_>,
) -> Result<(), OAuthError> {
    let now = circumstances.now.unix_seconds();
    claims
        .require_issuer(client.client_id.as_str())
        .map_err(|_| invalid("iss of the request object must be the client_id"))?;
    claims
        .require_audience(&[circumstances.issuer])
        .map_err(|_| invalid("aud of the request object must name the issuer"))?;
    claims
        .require_unexpired_if_present(now, 0)
        .map_err(|_| invalid("the request object is expired"))?;
    claims
        .require_started(now, LEEWAY)
        .map_err(|_| invalid("nbf of the request object lies ahead"))?;
    if claims
        .time("iat")
        .map_err(|_| invalid("iat of the request object is no time"))?
        .is_some_and(|iat| iat > now + LEEWAY)
    {
        return Err(invalid("iat of the request object lies ahead"));
    }
    if is_strict(client) {
        check_window(claims, now)
    } else {
        Ok(())
    }
}

/// FAPI 2.0 Message Signing 5.3.1: `exp` and `nbf` are there; the object is young and short-lived.
fn check_window(claims: &Claims, now: i64) -> Result<(), OAuthError> {
    let ends = claims
        .required_time("exp")
        .map_err(|_| invalid("exp of the request object is missing"))?;
    let starts = claims
        .required_time("nbf")
        .map_err(|_| invalid("nbf of the request object is missing"))?;
    if starts < now.saturating_sub(WINDOW) {
        return Err(invalid("nbf of the request object is too long ago"));
    }
    if ends.saturating_sub(starts) > WINDOW || ends > now.saturating_add(WINDOW + LEEWAY) {
        return Err(invalid("the request object lives too long"));
    }
    Ok(())
}

/// RFC 9101 5 and 6.3, OIDC Core 6.1: who asks, and for what kind of answer, is the same inside and beside. No object names another.
fn check_agreement(beside: &Parameters, members: &Map, client_id: &ClientId) -> Result<(), OAuthError> {
    let member = |name: &str| members.get(name).and_then(Value::as_str);
    if members.contains_key("request") || members.contains_key("request_uri") {
        return Err(invalid("a request object must not name another"));
    }
    // RFC 9101 10.8: a client's assertion for the token endpoint is no request.
    if member("sub") == Some(client_id.as_str()) {
        return Err(invalid("the request object is a client assertion"));
    }
    if members.contains_key("client_id") && member("client_id") != Some(client_id.as_str()) {
        return Err(invalid("client_id inside and beside the request object differ"));
    }
    let kinds = member("response_type").zip(beside.text("response_type"));
    if kinds.is_some_and(|(inside, beside)| inside != beside) {
        return Err(invalid(
            "response_type inside and beside the request object differ",
        ));
    }
    Ok(())
}

/// A member as a parameter; arrays of texts are repeated (RFC 9101 4).
fn texts(value: &Value) -> Result<Vec<String>, OAuthError> {
    if let Value::Array(values) = value
        && !values.is_empty()
        && values.iter().all(Value::is_string)
    {
        return Ok(values.iter().filter_map(text).collect());
    }
    text(value)
        .map(|text| vec![text])
        .ok_or(invalid("a member of the request object has a wrong type"))
}

const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, description)
}
