//! Clients from descriptions: what is allowed, and what each mistake is called.

mod fapi;

use idp_types::{ClientId, ServiceId, Timestamp};
use serde_json::{Map, Value, json};

use super::*;
use crate::error::ErrorCode;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => panic!("an object"),
    }
}

fn base() -> Client {
    Client::new(
        ClientId::parse("rp").unwrap(),
        ServiceId::parse("rp").unwrap(),
        Timestamp::default(),
    )
}

fn made_by(description: &Map<String, Value>) -> Result<Client, MetadataError> {
    let mut client = base();
    client.operate(&OperatorMembers::read(description)?);
    client.describe(&ClientMetadata::parse(description)?)?;
    let policy = RegistrationPolicy {
        loopback: false,
        algorithms: &SigningAlgorithm::ALL,
    };
    check(&client, &policy)?;
    Ok(client)
}

/// A client of the code flow with these members changed.
fn made(change: Value) -> Result<Client, MetadataError> {
    let mut description = object(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    description.extend(object(change));
    made_by(&description)
}

fn error(change: Value) -> MetadataError {
    let text = change.to_string();
    made(change).expect_err(&text)
}

#[track_caller]
fn are_named<const N: usize>(cases: [(Value, MetadataError); N]) {
    for (change, expected) in cases {
        assert_eq!(error(change.clone()), expected, "{change}");
    }
}

fn keys() -> Value {
    json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "1",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})
}

#[test]
fn what_is_absent_takes_the_seeds_defaults() {
    let client = made(json!({})).unwrap();
    assert_eq!(
        client.authentication_method,
        AuthenticationMethod::ClientSecretBasic
    );
    assert_eq!(client.id_token_signed_response_alg, SigningAlgorithm::Es256);
    assert_eq!(client.subject_type, SubjectType::Public);
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.allowed_scopes, ["openid"]);
    assert!(client.claims_in_id_token && client.enabled && !client.native);
    assert_eq!(sector_of(&client), "rp");
}

/// RFC 7591 2: unknown members are left alone.
#[test]
fn unknown_members_are_ignored_and_encryption_is_not() {
    assert!(made(json!({"shoe_size": 42, "client_name#fr": "Le Bar", "software_statement": "x"})).is_ok());
    let encrypted = error(json!({"id_token_encrypted_response_alg": "RSA-OAEP"}));
    assert_eq!(
        encrypted,
        MetadataError::Unsupported("id_token_encrypted_response_alg")
    );
    assert!(made(json!({"backchannel_user_code_parameter": false})).is_ok());
}

#[test]
fn mistakes_in_redirects_and_grants_are_named() {
    use MetadataError as E;
    are_named([
        (json!({"redirect_uris": []}), E::Redirect(RedirectError::Missing)),
        (
            json!({"redirect_uris": "https://rp.example"}),
            E::Value("redirect_uris"),
        ),
        (
            json!({"redirect_uris": ["https://a.example", "https://a.example"]}),
            E::Redirect(RedirectError::Twice),
        ),
        (
            json!({"redirect_uris": ["https://a.example/#x"]}),
            E::Redirect(RedirectError::Fragment),
        ),
        (
            json!({"post_logout_redirect_uris": ["http://a.example/"]}),
            E::Address("post_logout_redirect_uris"),
        ),
        (
            json!({"response_types": ["code", "id_token"]}),
            E::Value("response_types"),
        ),
        (json!({"response_types": ["token"]}), E::Value("response_types")),
        (json!({"grant_types": ["implicit"]}), E::Value("grant_types")),
        (json!({"grant_types": []}), E::Value("grant_types")),
        (
            json!({"grant_types": ["client_credentials", "refresh_token"]}),
            E::Missing("grant_types", "refresh_token"),
        ),
        (
            json!({"grant_types": ["urn:openid:params:grant-type:ciba"]}),
            E::Missing("backchannel_token_delivery_mode", "grant_types"),
        ),
        (
            json!({"backchannel_token_delivery_mode": "push"}),
            E::Value("backchannel_token_delivery_mode"),
        ),
        (
            json!({"subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"]}),
            E::SectorMissing,
        ),
    ]);
}

#[test]
fn mistakes_in_credentials_are_named() {
    use MetadataError as E;
    are_named([
        (
            json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}),
            E::Conflict("grant_types", "token_endpoint_auth_method"),
        ),
        (
            json!({"token_endpoint_auth_method": "client_secret_jwt"}),
            E::Value("token_endpoint_auth_method"),
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            E::Missing("jwks", "token_endpoint_auth_method"),
        ),
        (
            json!({"jwks": keys(), "jwks_uri": "https://rp.example/jwks"}),
            E::Conflict("jwks", "jwks_uri"),
        ),
        (json!({"jwks": {"keys": []}}), E::KeySet),
        (
            json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}),
            E::KeySet,
        ),
        (
            json!({"jwks_uri": "http://rp.example/jwks"}),
            E::Address("jwks_uri"),
        ),
        (
            json!({"tls_client_auth_san_dns": "rp.example"}),
            E::Conflict("tls_client_auth_subject_dn", "token_endpoint_auth_method"),
        ),
        (
            json!({"token_endpoint_auth_method": "tls_client_auth"}),
            E::Missing("tls_client_auth_subject_dn", "token_endpoint_auth_method"),
        ),
        (
            json!({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a", "tls_client_auth_san_ip": "b"}),
            E::Conflict("tls_client_auth_san_dns", "tls_client_auth_san_ip"),
        ),
    ]);
}

#[test]
fn mistakes_in_tokens_and_texts_are_named() {
    use MetadataError as E;
    are_named([
        (json!({"logo_uri": "javascript:alert(1)"}), E::Address("logo_uri")),
        (
            json!({"id_token_signed_response_alg": "none"}),
            E::Value("id_token_signed_response_alg"),
        ),
        (
            json!({"id_token_signed_response_alg": "HS256"}),
            E::Value("id_token_signed_response_alg"),
        ),
        (json!({"scope": "openid identity:shoe_size"}), E::Scope("scope")),
        (
            json!({"resource_scopes": ["openid"]}),
            E::Scope("resource_scopes"),
        ),
        (json!({"resources": ["not a uri"]}), E::Address("resources")),
        (json!({"origins": ["https://a.example/"]}), E::Address("origins")),
        (json!({"client_name": ""}), E::Text("client_name")),
        (json!({"client_name": "a\u{0007}"}), E::Text("client_name")),
        (
            json!({"claim_mapping": {"name": "iss"}}),
            E::Value("claim_mapping"),
        ),
        (json!({"claim_mapping": {"sub": "id"}}), E::Value("claim_mapping")),
        (
            json!({"claim_mapping": {"given_name": "n", "family_name": "n"}}),
            E::Value("claim_mapping"),
        ),
        (json!({"default_max_age": -1}), E::Value("default_max_age")),
    ]);
}

/// RFC 7591 3.2.2.
#[test]
fn redirect_uris_have_a_code_of_their_own() {
    let redirect = error(json!({"redirect_uris": ["http://a.example/"]}));
    assert_eq!(
        (redirect.code(), redirect.member()),
        (ErrorCode::InvalidRedirectUri, "redirect_uris")
    );
    let other = error(json!({"jwks_uri": "x"}));
    assert_eq!(
        (other.code(), other.member()),
        (ErrorCode::InvalidClientMetadata, "jwks_uri")
    );
}

/// RFC 9700 2.1.1: public clients use PKCE; a page calls from where it is.
#[test]
fn public_clients_prove_their_codes() {
    let page = made(json!({"token_endpoint_auth_method": "none"})).unwrap();
    assert!(page.require_pkce);
    assert_eq!(page.origins, ["https://rp.example"]);
    let app = json!({
        "token_endpoint_auth_method": "none", "application_type": "native",
        "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb"],
    });
    let app = made(app).unwrap();
    assert!(app.require_pkce && app.native && app.origins.is_empty());
}

#[test]
fn private_keys_are_refused_by_name() {
    let mut set = keys();
    set["keys"][0]["d"] = json!("AAAA");
    assert_eq!(error(json!({"jwks": set})), MetadataError::KeySet);
    let keyed = made(json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keys()})).unwrap();
    assert!(keyed.jwks.unwrap().contains("P-256"));
}

#[test]
fn a_view_publishes_the_keys_that_its_clients_need() {
    let client = made(json!({})).unwrap();
    let policy = RegistrationPolicy {
        loopback: false,
        algorithms: &[SigningAlgorithm::Rs256],
    };
    assert_eq!(
        check(&client, &policy),
        Err(MetadataError::Algorithm("id_token_signed_response_alg"))
    );
}

/// OIDC Core 8.1.
#[test]
fn sector_documents_list_every_redirect_uri() {
    let client = json!({
        "subject_type": "pairwise", "sector_identifier_uri": "https://sector.example/doc",
        "redirect_uris": ["https://a.example/", "https://b.example/"],
    });
    let client = made(client).unwrap();
    assert_eq!(sector_of(&client), "sector.example");
    let document = json!(["https://b.example/", "https://c.example/", "https://a.example/"]);
    assert_eq!(check_sector_document(&document, &client), Ok(()));
    for document in [
        json!(["https://a.example/"]),
        json!({}),
        json!([1, 2]),
        Value::Null,
    ] {
        assert_eq!(
            check_sector_document(&document, &client),
            Err(MetadataError::SectorDocument)
        );
    }
}

#[test]
fn a_client_describes_itself_again() {
    let rich = json!({
        "client_name": "Bar", "client_uri": "https://rp.example", "contacts": ["a@rp.example"], "jwks": keys(),
        "token_endpoint_auth_method": "private_key_jwt", "scope": "openid profile offline_access stock:read",
        "grant_types": ["authorization_code", "refresh_token", "urn:openid:params:grant-type:ciba"],
        "backchannel_token_delivery_mode": "ping",
        "backchannel_client_notification_endpoint": "https://rp.example/ping", "resource_scopes": ["stock:read"],
        "resources": ["https://api.rp.example"], "claim_mapping": {"family_name": "surname", "picture": ""},
        "post_logout_redirect_uris": ["https://rp.example/bye"], "default_max_age": 60, "require_auth_time": true,
        "userinfo_signed_response_alg": "EdDSA", "id_token_signed_response_alg": "RS256",
        "backchannel_logout_uri": "https://rp.example/logout", "authorization_details_types": ["payment"],
    });
    let client = made(rich).unwrap();
    assert_eq!(client.authorization_signed_response_alg, SigningAlgorithm::Rs256);
    let mut again = Map::new();
    client.metadata().write(&mut again);
    client.operator_members().write(&mut again);
    assert_eq!(made_by(&again).unwrap(), client);
}

#[test]
fn sizes_are_bounded() {
    assert_eq!(parse_object(b"[]"), Err(MetadataError::Document));
    assert_eq!(parse_object(&vec![b' '; LIMIT + 1]), Err(MetadataError::Document));
    let many: Vec<String> = (0..65)
        .map(|number| format!("https://rp.example/{number}"))
        .collect();
    assert_eq!(
        error(json!({"redirect_uris": many})),
        MetadataError::Text("redirect_uris")
    );
    assert_eq!(
        error(json!({"client_name": "a".repeat(101)})),
        MetadataError::Text("client_name")
    );
}

proptest::proptest! {
    #[test]
    fn never_panics(data: Vec<u8>, member in 0..ClientMetadata::NAMES.len(), text in "\\PC{0,40}") {
        crate::fuzzing::client_metadata(&data);
        let mut description = Map::new();
        description.insert(ClientMetadata::NAMES[member].to_owned(), Value::String(text.clone()));
        let _ = made_by(&description);
        description.insert(ClientMetadata::NAMES[member].to_owned(), json!([text]));
        let _ = made_by(&description);
    }
}
