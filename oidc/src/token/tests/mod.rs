//! The checks of each grant.

mod binding;
mod challenge;
mod code;
mod exchange;
mod refresh;

use idp_types::{
    Aal, Amr, ClaimSet, ClientId, DeviceId, ScopeSet, ServiceId, Timestamp, TokenId, TrustLevel,
};
use proptest::prelude::*;

use super::*;
use crate::authentication::{Authentication, Released};
use crate::authorize::CodeGrant;
use crate::client::{AuthenticationMethod, Client};
use crate::pkce::CodeChallenge;
use crate::scope::RequestedScope;

/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "https://rp.example/cb";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000 + seconds)
}

fn client() -> Client {
    let client_id = ClientId::parse("client").unwrap();
    Client::new(client_id, ServiceId::parse("service").unwrap(), at(0))
}

fn scope(text: &str) -> RequestedScope {
    let own: Vec<String> = text.split(' ').map(str::to_owned).collect();
    RequestedScope::parse(text, &own).unwrap()
}

fn authentication() -> Authentication {
    Authentication {
        token_id: TokenId::parse("t").unwrap(),
        first_token_id: TokenId::parse("t").unwrap(),
        device_id: DeviceId::parse("d").unwrap(),
        auth_time: at(0),
        trust_level: TrustLevel::High,
        face_vouched: false,
        aal: Aal::Two,
        amr: vec![Amr::Mca],
        granted: ScopeSet::EMPTY,
        evidence: None,
    }
}

fn code_grant() -> CodeGrant {
    CodeGrant {
        client_id: client().client_id,
        service_id: client().service_id,
        redirect_uri: REDIRECT.to_owned(),
        code_challenge: Some(CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap()),
        nonce: None,
        scope: scope("openid"),
        claims_request: None,
        acr: "acr".to_owned(),
        sid: None,
        subject: "subject".to_owned(),
        resources: Vec::new(),
        authorization_details: None,
        dpop_jkt: None,
        released: Released {
            authentication: authentication(),
            claims: ClaimSet::default(),
        },
        issued_at: at(0),
        expires_at: at(60),
        claims_until: at(3600),
    }
}

fn form(text: &str) -> Parameters {
    Parameters::parse(text.as_bytes()).unwrap()
}

#[test]
fn rfc6749_5_2_unknown_and_missing_grant_types() {
    let code = |body: &str| grant_type(&form(body)).unwrap_err().code;
    assert_eq!(code(""), ErrorCode::InvalidRequest);
    assert_eq!(code("grant_type=password"), ErrorCode::UnsupportedGrantType);
    assert_eq!(code("grant_type=implicit"), ErrorCode::UnsupportedGrantType);
    for grant in GrantType::ALL {
        assert_eq!(
            grant_type(&form(&format!("grant_type={}", grant.as_str()))),
            Ok(grant)
        );
    }
}

#[test]
fn rfc6749_5_2_a_grant_that_was_not_registered_is_unauthorized_client() {
    let mut client = client();
    assert!(check_grant_allowed(&client, GrantType::AuthorizationCode).is_ok());
    let error = check_grant_allowed(&client, GrantType::ClientCredentials).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnauthorizedClient);
    client.grant_types = GrantType::ALL.to_vec();
    client.authentication_method = AuthenticationMethod::None;
    assert!(
        check_grant_allowed(&client, GrantType::ClientCredentials).is_err(),
        "RFC 6749 4.4"
    );
    assert!(check_grant_allowed(&client, GrantType::TokenExchange).is_err());
    assert!(check_grant_allowed(&client, GrantType::RefreshToken).is_ok());
}

proptest! {
    #[test]
    fn reading_never_panics(body in proptest::collection::vec(any::<u8>(), 0..512), text in "\\PC*") {
        if let Ok(parameters) = Parameters::parse(&body) {
            let _ = grant_type(&parameters);
            let _ = CodeRequest::read(&parameters);
            let _ = ExchangeRequest::read(&parameters);
        }
        let _ = RefreshToken::parse(&text, refresh::tag);
    }
}
