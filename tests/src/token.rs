//! What a relying party does with a result: the token by the published keys (profile 5), the hash by its own secret (4.6).

use aws_lc_rs::{digest, hmac};
use idp_jose::json::Map;
use idp_jose::jws::{self, Expectation, Header};
use idp_jose::status_list::StatusList;
use idp_jose::{Algorithm, JwkSet};
use idp_server::crypto::AwsVerifier;
use idp_types::encoding::{lowerhex, push_length_prefixed};
use serde_json::Value;

use crate::http::Call;
use crate::service::{Login, Registered};
use crate::site::Site;

/// A verified token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its header.
    pub header: Header,
    /// Its claims.
    pub claims: Map,
}

impl Token {
    /// A claim; null where it is absent.
    pub fn claim(&self, name: &str) -> &Value {
        self.claims.get(name).unwrap_or(&Value::Null)
    }

    /// A claim of the nested object; null where it is absent.
    pub fn nested(&self, name: &str) -> &Value {
        self.claim("idtoken").get(name).unwrap_or(&Value::Null)
    }
}

/// Verifies a token of this type, signed with ES256, with nothing but the published key set.
pub async fn verify(server: &Site, token: &str, typ: &str) -> Token {
    verify_as(server, token, typ, Algorithm::Es256).await
}

/// Verifies a token of this type and algorithm with nothing but the published key set.
pub async fn verify_as(server: &Site, token: &str, typ: &str, algorithm: Algorithm) -> Token {
    let published = server.send(Call::get("/.well-known/jwks.json")).await;
    published.expect(200);
    let keys = JwkSet::parse(&published.body, JwkSet::LIMIT).expect("a key set");
    let parsed = jws::parse(token, 64 * 1024).expect("a compact JWS");
    let kid = parsed.header().kid.clone().expect("a kid");
    let key = keys
        .keys()
        .iter()
        .find(|key| key.kid.as_deref() == Some(kid.as_str()))
        .expect("a published key");
    let expectation = Expectation {
        algorithms: &[algorithm],
        typ,
    };
    let verified = parsed
        .verify(&AwsVerifier, &key.key, &expectation)
        .expect("a good signature");
    Token {
        header: verified.header().clone(),
        claims: verified.claims().expect("claims"),
    }
}

/// The hash of profile 4.6, computed here from its text.
pub fn response_hash(service: &Registered, login: &Login, jwt: &str) -> String {
    let mut message = b"idt-resp-v1\0".to_vec();
    push_length_prefixed(&mut message, login.session_id.as_bytes());
    push_length_prefixed(&mut message, login.random.as_bytes());
    push_length_prefixed(
        &mut message,
        digest::digest(&digest::SHA256, jwt.as_bytes()).as_ref(),
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, &service.response_secret);
    lowerhex(hmac::sign(&key, &message).as_ref())
}

/// Checks a result as the seeds' relying party does, and answers its token.
pub async fn check_result(server: &Site, service: &Registered, login: &Login, result: &Value) -> Token {
    let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
    assert_eq!(text("random"), login.random);
    assert_eq!(text("hash"), response_hash(service, login, text("jwt")));
    verify(server, text("jwt"), "idtoken+jwt").await
}

/// Whether a token's place in its status list says that it was revoked.
pub async fn is_revoked(server: &Site, token: &Token) -> bool {
    let reference = token
        .claim("status")
        .get("status_list")
        .expect("a status reference");
    let uri = reference.get("uri").and_then(Value::as_str).expect("a uri");
    let index = reference.get("idx").and_then(Value::as_u64).expect("an index");
    let path = uri
        .strip_prefix(server.issuer.as_str())
        .expect("a list of the same issuer");
    let list = verify(
        server,
        &server.send(Call::get(path)).await.text(),
        "statuslist+jwt",
    )
    .await;
    assert_eq!(list.claim("sub"), uri);
    let bits = list
        .claim("status_list")
        .get("lst")
        .and_then(Value::as_str)
        .expect("a list");
    let list = StatusList::decode(bits, 1 << 20).expect("a readable list");
    list.is_invalid(usize::try_from(index).expect("an index"))
        .expect("an index of the list")
}
