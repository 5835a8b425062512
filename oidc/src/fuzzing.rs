//! One entry for each parser, for the fuzz crate and the never-panic properties. Not part of the API.

use idp_jose::{Algorithm, Jwk, JwkSet, PublicKey, SignatureError, Verifier, jwe};
use idp_types::{ClientId, ServiceId, Timestamp};

use crate::Parameters;
use crate::authorize::claims_parameter::Place;
use crate::authorize::request::Arrival;
use crate::authorize::request_object::{self, Circumstances};
use crate::authorize::{AuthorizationRequest, ClaimsRequest, destination};
use crate::ciba::{BackchannelRequest, signed_request};
use crate::client::{
    Client, ClientMetadata, GrantType, OperatorMembers, RegistrationPolicy, SigningAlgorithm, check,
    check_sector_document, parse_object, sector_of,
};
use crate::response::{Answer, deliver, fields};

/// A client that may do nearly everything.
fn client() -> Option<Client> {
    let id = ClientId::parse("bar").ok()?;
    let mut client = Client::new(id, ServiceId::parse("bar").ok()?, Timestamp::from_unix_seconds(0));
    client.redirect_uris = vec![
        "https://bar.example/cb".to_owned(),
        "http://127.0.0.1/cb".to_owned(),
    ];
    client.native = true;
    client.grant_types = GrantType::ALL.to_vec();
    client.allowed_scopes = ["openid", "profile", "offline_access", "identity:full"]
        .map(str::to_owned)
        .to_vec();
    client.resources = vec!["https://api.bar.example/".to_owned()];
    client.authorization_details_types = vec!["payment".to_owned()];
    Some(client)
}

/// An encoded authorization request; one that was accepted must survive being stored, and its answer must go to a registered address.
pub fn authorization_request(data: &[u8]) {
    let (Ok(parameters), Some(client)) = (Parameters::parse(data), client()) else {
        return;
    };
    let Ok(destination) = destination::of(&parameters, &client) else {
        return;
    };
    assert!(url::Url::parse(&destination.redirect_uri).is_ok());
    let _ = deliver(
        &destination,
        fields(&destination, "https://seal.example", Answer::Code("code")),
    );
    let arrival = Arrival {
        pushed: false,
        signed: false,
    };
    if let Ok(request) = AuthorizationRequest::read(&parameters, &client, destination, arrival) {
        let text = serde_json::to_vec(&request).unwrap_or_default();
        assert_eq!(serde_json::from_slice(&text).ok(), Some(request));
    }
}

/// A `claims` parameter; what was read must be written as it is read.
pub fn claims_parameter(data: &[u8]) {
    let Some(claims) = std::str::from_utf8(data)
        .ok()
        .and_then(|text| ClaimsRequest::parse(text).ok())
    else {
        return;
    };
    assert_eq!(ClaimsRequest::from_value(&claims.to_value()), claims);
    let _ = (claims.scopes(), claims.subject());
    for place in Place::ALL {
        for name in claims.names(place) {
            let _ = claims.claim(place, name).map(|claim| claim.values().count());
        }
        let _ = claims.verified_claims(place);
    }
}

/// Takes every signature for good: what lies behind one is to be reached.
struct Credulous;

impl Verifier for Credulous {
    fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<(), SignatureError> {
        Ok(())
    }
}

/// A request object, past its signature.
pub fn request_object(data: &[u8]) {
    let Ok(secret) = jwe::EcdhSecretKey::from_scalar(&[7; 32]) else {
        return;
    };
    let (Ok(object), Some(client)) = (std::str::from_utf8(data), client()) else {
        return;
    };
    let circumstances = Circumstances {
        verifier: &Credulous,
        keys: &JwkSet::new(vec![Jwk::new(secret.public_key().clone())]),
        issuer: "https://seal.example",
        now: Timestamp::from_unix_seconds(1_768_435_200),
    };
    if let Ok(merged) = request_object::merge(&Parameters::default(), object, &client, circumstances) {
        assert_eq!(merged.text("client_id"), Some("bar"));
        assert!(!merged.has("request"));
    }
}

/// A CIBA request, signed or not; what was accepted is short, plain, and asks for an OpenID login.
pub fn ciba_request(data: &[u8]) {
    let (Ok(mut parameters), Some(client)) = (Parameters::parse(data), client()) else {
        return;
    };
    if let Some(object) = parameters.text("request").map(str::to_owned) {
        let Ok(secret) = jwe::EcdhSecretKey::from_scalar(&[7; 32]) else {
            return;
        };
        let circumstances = signed_request::Circumstances {
            verifier: &Credulous,
            keys: &JwkSet::new(vec![Jwk::new(secret.public_key().clone())]),
            issuer: "https://seal.example",
            now: Timestamp::from_unix_seconds(1_768_435_200),
        };
        let Ok(opened) = signed_request::open(&parameters, &object, &client, circumstances) else {
            return;
        };
        parameters = opened.parameters;
    }
    if let Ok(request) = BackchannelRequest::read(&parameters, &client) {
        assert!(request.scope.has("openid"));
        assert!((1..=60).contains(&request.expires_in(60)));
        let message = request.binding_message.unwrap_or_default();
        assert!(message.chars().count() <= 64 && !message.chars().any(char::is_control));
    }
}

/// A device authorization request, and what somebody may type as a user code; a code that was read is read again as it is shown.
pub fn device_request(data: &[u8]) {
    use crate::device::{DeviceRequest, UserCode};
    if let Some(code) = UserCode::parse(&String::from_utf8_lossy(data)) {
        assert_eq!(UserCode::parse(&code.to_string()), Some(code));
    }
    let (Ok(parameters), Some(client)) = (Parameters::parse(data), client()) else {
        return;
    };
    if let Ok(request) = DeviceRequest::read(&parameters, &client) {
        assert!(!request.scope.is_empty());
        assert!(
            request
                .resources
                .iter()
                .all(|name| client.resources.contains(name))
        );
    }
}

/// A client's description; a client that was accepted describes itself again as the same one.
pub fn client_metadata(data: &[u8]) {
    let (Ok(description), Some(base)) = (parse_object(data), client()) else {
        return;
    };
    let Some(made) = described(base.clone(), &description) else {
        return;
    };
    let mut again = serde_json::Map::new();
    made.metadata().write(&mut again);
    made.operator_members().write(&mut again);
    assert_eq!(described(base, &again), Some(made));
}

fn described(client: Client, description: &serde_json::Map<String, serde_json::Value>) -> Option<Client> {
    let mut client = Client::new(client.client_id, client.service_id, client.created_at);
    client.operate(&OperatorMembers::read(description).ok()?);
    client.describe(&ClientMetadata::parse(description).ok()?).ok()?;
    let policy = RegistrationPolicy {
        loopback: false,
        algorithms: &SigningAlgorithm::ALL,
    };
    check(&client, &policy).ok()?;
    client.sector = sector_of(&client);
    let _ = check_sector_document(&serde_json::Value::Object(description.clone()), &client);
    Some(client)
}

/// The claims of a token with this payload, as if its signature were good.
pub(crate) fn trusted_claims(payload: &str) -> Option<idp_jose::jwt::Claims> {
    use idp_jose::jws::{Expectation, Header, Prepared, parse};
    let secret = jwe::EcdhSecretKey::from_scalar(&[7; 32]).ok()?;
    let prepared = Prepared::new(&Header::new(Algorithm::Es256), payload.as_bytes());
    let compact = prepared.complete(&[1; 64]);
    let parsed = parse(&compact, crate::parameters::LIMIT).ok()?;
    let key = PublicKey::from(secret.public_key().clone());
    let expectation = Expectation {
        algorithms: &[Algorithm::Es256],
        typ: "JWT",
    };
    let verified = parsed.verify_untyped(&Credulous, &key, &expectation).ok()?;
    idp_jose::jwt::Claims::from_verified(&verified).ok()
}

/// A logout request; whatever is asked, nobody is sent to an address that is not registered, or signed out unasked without a hint.
pub fn end_session_request(data: &[u8]) {
    use crate::logout::{Decision, EndSessionRequest, Hint, Present, decide};
    const BACK: &str = "https://bar.example/bye";
    let text = String::from_utf8_lossy(data);
    let hint = trusted_claims(&text).and_then(|claims| Hint::of(&claims));
    let (Ok(parameters), Some(mut client)) = (Parameters::parse(data), client()) else {
        return;
    };
    client.post_logout_redirect_uris = vec![BACK.to_owned()];
    let Ok(request) = EndSessionRequest::read(&parameters) else {
        return;
    };
    let present = Present {
        hint: hint.as_ref(),
        client: Some((&client, "https://seal.example")),
        session: None,
    };
    if let Ok(
        Decision::End {
            return_to: Some(address),
        }
        | Decision::Ask {
            return_to: Some(address),
        },
    ) = decide(&request, present)
    {
        assert!(address == BACK || address.starts_with("https://bar.example/bye?state="));
    }
}

/// A request of Entra's and the claims of its hint; a tenant that nobody registered never passes.
pub fn external_hint(data: &[u8]) {
    use crate::external::{Cloud, ExternalDemand, ForeignHint, destination};
    let Some(mut client) = client() else { return };
    client.entra_tenants = vec!["tenant".to_owned()];
    if let Ok(parameters) = Parameters::parse(data) {
        let _ = destination(&parameters, &client);
        let _ = ExternalDemand::read(&parameters).map(|(demand, _)| demand.is_possible());
    }
    let Some(claims) = std::str::from_utf8(data).ok().and_then(trusted_claims) else {
        return;
    };
    for cloud in Cloud::ALL {
        let now = Timestamp::from_unix_seconds(1_768_435_200);
        if let Ok(hint) = ForeignHint::check(&claims, cloud, &client, now) {
            assert!(hint.tenant.eq_ignore_ascii_case("tenant") && hint.issuer.contains(cloud.host()));
        }
    }
}

/// A body with client credentials, and the claims of an assertion past its signature; one that was accepted names the client and is
/// short-lived.
pub fn client_assertion(data: &[u8]) {
    use crate::client_authentication::{ASSERTION_SECONDS, check_assertion, named_client, present};
    let text = String::from_utf8_lossy(data);
    if let Ok(parameters) = Parameters::parse(data) {
        let _ = present(None, &parameters);
    }
    let _ = present(Some(&text), &Parameters::default());
    let _ = named_client(&text);
    let (Some(claims), Some(client)) = (trusted_claims(&text), client()) else {
        return;
    };
    let now = Timestamp::from_unix_seconds(1_768_435_200);
    if let Ok(checked) = check_assertion(&claims, &client, &["https://seal.example"], now) {
        assert_eq!(claims.text("sub"), Ok(Some("bar")));
        assert!(!checked.id.is_empty() && checked.expires_at <= now.plus_seconds(ASSERTION_SECONDS + 60));
    }
}

/// A DPoP proof as it came, and one with this payload past its signature; one that was accepted was made just now.
pub fn dpop_proof(data: &[u8]) {
    use crate::dpop::{Expected, check};
    use idp_jose::jws::{Header, Prepared};
    let now = Timestamp::from_unix_seconds(1_768_435_200);
    let expected = Expected {
        method: "POST",
        uri: "https://seal.example/oidc/token",
        access_token: None,
        algorithms: &Algorithm::ALL,
        now,
    };
    let _ = check(&String::from_utf8_lossy(data), &expected, &Credulous);
    let Ok(secret) = jwe::EcdhSecretKey::from_scalar(&[7; 32]) else {
        return;
    };
    let jwk = Jwk::new(secret.public_key().clone());
    let header = Header::new(Algorithm::Es256)
        .with_typ("dpop+jwt")
        .with("jwk", jwk.to_value());
    let proof = Prepared::new(&header, data).complete(&[1; 64]);
    if let Ok(checked) = check(&proof, &expected, &Credulous) {
        assert_eq!(checked.jkt, jwk.thumbprint_base64url());
        assert!(checked.replay_until >= now);
    }
}

/// A token request of any grant; what is exchanged is never wider than what it was exchanged for.
pub fn token_request(data: &[u8]) {
    use crate::claims::AccessToken;
    use crate::token::{
        CodeRequest, ExchangeRequest, Presenter, RefreshToken, exchange, grant_type, granted_to_client,
    };
    const SUBJECT: &str = r#"{"iss":"https://seal.example","sub":"s","aud":["https://a.example","https://b.example"],
        "exp":1768435200,"iat":0,"jti":"j","client_id":"bar","scope":"openid read",
        "status":{"status_list":{"idx":1,"uri":"u"}}}"#;
    let _ = RefreshToken::parse(&String::from_utf8_lossy(data), |_| [0; 16]);
    let (Ok(parameters), Some(client)) = (Parameters::parse(data), client()) else {
        return;
    };
    let _ = (
        grant_type(&parameters),
        CodeRequest::read(&parameters).map(|request| request.code.len()),
    );
    let _ = granted_to_client(&client, parameters.text("scope"));
    let (Ok(request), Ok(subject)) = (
        ExchangeRequest::read(&parameters),
        serde_json::from_str::<AccessToken>(SUBJECT),
    ) else {
        return;
    };
    if let Ok(exchanged) = exchange(&client, Presenter::default(), &request, &subject) {
        assert!(
            exchanged
                .scope
                .tokens()
                .all(|token| ["openid", "read"].contains(&token))
        );
        let audiences = exchanged.audience.names();
        assert!(audiences.iter().all(|name| subject.aud.names().contains(name)));
    }
}
