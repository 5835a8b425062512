//! Each check by the clause that it enforces.

mod claims;
mod destinations;
mod properties;
mod request_objects;
mod requests;
mod responses;
mod silence;

use idp_types::{Aal, Amr, ClientId, DeviceId, ScopeSet, ServiceId, Timestamp, TokenId, TrustLevel};

use super::request::Arrival;
use super::{AuthorizationRequest, destination};
use crate::authentication::Authentication;
use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A confidential client with a few permissions.
fn client() -> Client {
    let mut client = Client::new(
        ClientId::parse("bar-le-central").unwrap(),
        ServiceId::parse("bar-le-central").unwrap(),
        Timestamp::from_unix_seconds(0),
    );
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    client.redirect_uris = texts(&["https://bar.example/callback", "https://bar.example/other?a=b"]);
    client.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    client.allowed_scopes = texts(&[
        "openid",
        "profile",
        "email",
        "offline_access",
        "identity:full",
        "identity:age_over_18",
    ]);
    client.resource_scopes = texts(&["orders:read"]);
    client.resources = texts(&["https://api.bar.example/"]);
    client.authorization_details_types = texts(&["payment"]);
    client.require_pkce = false;
    client
}

/// What a relying party sends, with some parameters changed; an empty value removes one.
fn parameters(changes: &[(&str, &str)]) -> Parameters {
    let usual = [
        ("client_id", "bar-le-central"),
        ("response_type", "code"),
        ("redirect_uri", "https://bar.example/callback"),
        ("scope", "openid identity:name"),
        ("state", "af0ifjsldkj"),
    ];
    let kept = usual
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
    let pairs = kept.chain(changes.iter().copied());
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    Parameters::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
}

const BROWSER: Arrival = Arrival {
    pushed: false,
    signed: false,
};

fn read_as(
    client: &Client,
    changes: &[(&str, &str)],
    arrival: Arrival,
) -> Result<AuthorizationRequest, OAuthError> {
    let parameters = parameters(changes);
    let destination = destination::of(&parameters, client).unwrap();
    AuthorizationRequest::read(&parameters, client, destination, arrival)
}

fn read(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, OAuthError> {
    read_as(&client(), changes, BROWSER)
}

/// The code of the refusal.
fn refusal(changes: &[(&str, &str)]) -> ErrorCode {
    read(changes).unwrap_err().code
}

fn scopes(texts: &[&str]) -> ScopeSet {
    ScopeSet::expanding(texts.iter().map(|text| text.parse().unwrap()))
}

fn authentication() -> Authentication {
    Authentication {
        token_id: TokenId::parse("jean").unwrap(),
        first_token_id: TokenId::parse("jean").unwrap(),
        device_id: DeviceId::parse("phone").unwrap(),
        auth_time: Timestamp::from_unix_seconds(1_000),
        trust_level: TrustLevel::Substantial,
        face_vouched: true,
        aal: Aal::One,
        amr: vec![Amr::Mca],
        granted: scopes(&["identity:name"]),
        evidence: None,
    }
}
