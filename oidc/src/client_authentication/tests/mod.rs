//! What a request presents, and what must hold of it.

mod assertion;
mod certificate;

use data_encoding::BASE64;
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use idp_types::encoding::lowerhex;
use idp_types::{ClientId, ServiceId, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::client::SecretDigest;
use crate::parameters::Parameters;

fn key() -> Jwk {
    Jwk::from_value(&json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }))
    .unwrap()
}

fn client() -> Client {
    let id = |text: &str| {
        (
            ClientId::parse(text).unwrap(),
            ServiceId::parse("service").unwrap(),
        )
    };
    let (client_id, service_id) = id("client");
    Client::new(client_id, service_id, Timestamp::default())
}

fn jwt(claims: &Value) -> String {
    Prepared::new(&Header::new(Algorithm::Es256), claims.to_string().as_bytes()).complete(&[1; 64])
}

fn form(text: &str) -> Parameters {
    Parameters::parse(text.as_bytes()).unwrap()
}

fn basic(text: &str) -> String {
    format!("Basic {}", BASE64.encode(text.as_bytes()))
}

#[test]
fn rfc6749_2_3_1_both_halves_of_basic_are_form_encoded() {
    let read = |text: &str| match present(Some(&basic(text)), &form("")).unwrap() {
        Credentials::Basic { client_id, secret } => (client_id, secret.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(read("a%3Ab:c%2Bd+e%25"), ("a:b".to_owned(), "c+d e%".to_owned()));
    assert_eq!(read("client:a:b"), ("client".to_owned(), "a:b".to_owned()));
    assert_eq!(
        read("client:a=b"),
        ("client".to_owned(), "a=b".to_owned()),
        "some clients do not encode"
    );
    for text in ["client", ":secret", "client:", "\u{0}"] {
        assert_eq!(present(Some(&basic(text)), &form("")), Err(REFUSED), "{text}");
    }
    assert_eq!(present(Some("Basic !"), &form("")), Err(REFUSED));
    assert!(
        present(Some("bAsIc Y2xpZW50OnM="), &form("")).is_ok(),
        "schemes have no case"
    );
}

#[test]
fn rfc6749_2_3_one_method_a_request() {
    let both = [
        (Some(basic("client:s")), "client_secret=s&client_id=client"),
        (Some(basic("client:s")), "client_assertion=x"),
        (None, "client_id=client&client_secret=s&client_assertion_type=x"),
    ];
    for (authorization, body) in both {
        let error = present(authorization.as_deref(), &form(body)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{body}");
    }
}

#[test]
fn rfc6749_3_2_1_client_id_beside_credentials_names_the_same_client() {
    let named = |body: &str| present(Some(&basic("client:s")), &form(body));
    assert!(named("client_id=client").is_ok());
    assert_eq!(
        named("client_id=other").unwrap_err().code,
        ErrorCode::InvalidRequest
    );
}

#[test]
fn nothing_presented_is_invalid_client() {
    for body in ["", "client_secret=s", "client_id="] {
        assert_eq!(present(None, &form(body)), Err(REFUSED), "{body}");
    }
    assert_eq!(present(Some("Bearer token"), &form("")), Err(REFUSED));
    assert_eq!(
        present(None, &form("client_id=client")).unwrap().client_id(),
        "client"
    );
}

#[test]
fn rfc7523_2_2_an_assertion_names_its_type_and_its_client() {
    let assertion = jwt(&json!({"sub": "client"}));
    let body = |kind: &str| {
        form(&format!(
            "client_assertion_type={kind}&client_assertion={assertion}"
        ))
    };
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    assert_eq!(present(None, &body(kind)).unwrap().client_id(), "client");
    assert_eq!(
        present(None, &body("other")).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    let nameless = form(&format!("client_assertion_type={kind}&client_assertion=a.b.c"));
    assert_eq!(present(None, &nameless), Err(REFUSED));
}

#[test]
fn only_the_registered_method_is_accepted() {
    use AuthenticationMethod as Method;
    let secret = || zeroize::Zeroizing::new("s".to_owned());
    let client_id = || "client".to_owned();
    let presented = [
        Credentials::Basic {
            client_id: client_id(),
            secret: secret(),
        },
        Credentials::Post {
            client_id: client_id(),
            secret: secret(),
        },
        Credentials::Assertion {
            client_id: client_id(),
            assertion: String::new(),
        },
        Credentials::Named {
            client_id: client_id(),
        },
    ];
    let table = [
        (Method::ClientSecretBasic, [true, false, false, false]),
        (Method::ClientSecretPost, [false, true, false, false]),
        (Method::PrivateKeyJwt, [false, false, true, false]),
        (Method::TlsClientAuth, [false, false, false, true]),
        (Method::SelfSignedTlsClientAuth, [false, false, false, true]),
        (Method::None, [false, false, false, true]),
    ];
    for (method, expected) in table {
        let client = Client {
            authentication_method: method,
            ..client()
        };
        for (credentials, is_accepted) in presented.iter().zip(expected) {
            assert_eq!(
                check_method(&client, credentials).is_ok(),
                is_accepted,
                "{method:?} {credentials:?}"
            );
        }
    }
}

#[test]
fn any_of_the_valid_secrets_and_no_other() {
    let digest = |text: &str| SecretDigest(lowerhex(&Sha256::digest(text.as_bytes())));
    let secrets = [digest("old"), digest("new")];
    assert!(matches_secret(&secrets, "old") && matches_secret(&secrets, "new"));
    for wrong in ["", "ol", "old ", "OLD", &"x".repeat(2000)] {
        assert!(!matches_secret(&secrets, wrong), "{wrong}");
    }
    assert!(!matches_secret(&[], ""));
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", present(Some(&basic("client:hush")), &form("")).unwrap());
    assert_eq!(shown, "Basic(..)");
}

proptest! {
    #[test]
    fn presenting_never_panics(authorization in "\\PC*", body in proptest::collection::vec(any::<u8>(), 0..512)) {
        if let Ok(parameters) = Parameters::parse(&body) {
            let _ = present(Some(&authorization), &parameters);
        }
    }

    #[test]
    fn encoded_credentials_are_read_back(id in "[!-~]{1,32}", secret in "\\PC{1,32}") {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let value = basic(&format!("{}:{}", encode(&id), encode(&secret)));
        if !secret.contains('\u{fffd}') {
            match present(Some(&value), &form("")) {
                Ok(Credentials::Basic { client_id, secret: read }) => {
                    prop_assert_eq!(client_id, id);
                    prop_assert_eq!(read.as_str(), secret);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
