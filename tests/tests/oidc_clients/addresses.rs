//! Documents at addresses that clients supplied: `jwks_uri` (RFC 7591 2), `sector_identifier_uri` (OIDC Core 8.1).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use idp_authenticator::{DeviceKey, DeviceSigner as _};
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use serde_json::{Value, json};
use tests::{Answer, Call, TestServer, fresh, random};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A client's web server: one document, whatever is asked for.
struct Publisher {
    address: String,
    document: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    async fn start(document: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let publisher = Self {
            address: format!("http://{}/document", listener.local_addr().unwrap()),
            document: Arc::new(Mutex::new(document)),
            asked: Arc::default(),
        };
        let (document, asked) = (publisher.document.clone(), publisher.asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let body = document
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .to_string();
                tokio::spawn(serve(stream, body));
            }
        });
        publisher
    }

    fn publish(&self, document: Value) {
        *self.document.lock().unwrap_or_else(PoisonError::into_inner) = document;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// One request, one answer, and the connection ends.
async fn serve(mut stream: TcpStream, body: String) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap_or(0) > 0 {}
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A signing key with its name.
struct Key(DeviceKey, String);

impl Key {
    fn new() -> Self {
        Self(DeviceKey::from_random(&random()).unwrap(), fresh("key"))
    }

    fn set(&self) -> Value {
        let mut jwk = Jwk::new(self.0.public_key());
        jwk.kid = Some(self.1.clone());
        json!({"keys": [jwk.to_value()]})
    }

    /// Asks for a token with an assertion of this key (RFC 7523 3).
    async fn authenticate(&self, server: &TestServer) -> Answer {
        let now = server.now().unix_seconds();
        let claims = json!({
            "iss": "bank", "sub": "bank", "aud": server.issuer, "iat": now, "exp": now + 60, "jti": fresh("jti"),
        });
        let header = Header::new(Algorithm::Es256).with_kid(self.1.as_str());
        let prepared = Prepared::new(&header, claims.to_string().as_bytes());
        let signature = self.0.sign(prepared.signing_input());
        let body = format!(
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A\
             jwt-bearer&client_assertion={}",
            prepared.complete(&signature)
        );
        let call = Call::new(Method::POST, "/oidc/token");
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        server.send(call.raw(body)).await
    }
}

async fn register(server: &TestServer, change: Value) -> Answer {
    let mut body = json!({
        "client_id": "bank", "redirect_uris": ["https://a.example/cb", "https://b.example/cb"], "scope": "openid",
        "grant_types": ["authorization_code", "client_credentials"], "service": {"url": "https://a.example"},
    });
    body.as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    server.administer(Call::post("/admin/clients", &body)).await
}

/// `federation-oidc.md` 2.6, seen from the other side: a client's new key works soon, and nobody makes us ask for it at will.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_fetched_kept_and_fetched_again_for_an_unknown_name() {
    let server = TestServer::start().await;
    let (old, new) = (Key::new(), Key::new());
    let publisher = Publisher::start(old.set()).await;
    let members = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": publisher.address});
    register(&server, members).await.expect(201);
    for _ in 0..3 {
        old.authenticate(&server).await.expect(200);
    }
    assert_eq!(publisher.asked(), 1, "kept");

    publisher.publish(new.set());
    for _ in 0..3 {
        new.authenticate(&server).await.expect(401);
    }
    assert_eq!(publisher.asked(), 1, "not again within ten seconds");
    server.clock.advance(11);
    new.authenticate(&server).await.expect(200);
    old.authenticate(&server).await.expect(401);
    assert_eq!(publisher.asked(), 2);
    server.clock.advance(301);
    new.authenticate(&server).await.expect(200);
    assert_eq!(publisher.asked(), 3, "and again after five minutes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_key_set_is_no_key() {
    let server = TestServer::start().await;
    let key = Key::new();
    let publisher = Publisher::start(json!(["not", "keys"])).await;
    let members = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": publisher.address});
    register(&server, members).await.expect(201);
    key.authenticate(&server).await.expect(401);
}

/// OIDC Core 8.1: the document lists every redirect URI, and its host is the sector.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sector_document_is_read_when_the_client_is_registered() {
    let server = TestServer::start().await;
    let publisher = Publisher::start(json!(["https://a.example/cb"])).await;
    let pairwise = json!({"subject_type": "pairwise"});
    let problem = register(&server, pairwise)
        .await
        .expect_problem(400, "invalid_request");
    assert_eq!(problem["member"], json!("sector_identifier_uri"));
    let members = json!({"subject_type": "pairwise", "sector_identifier_uri": publisher.address});
    let problem = register(&server, members.clone())
        .await
        .expect_problem(400, "invalid_request");
    assert_eq!(problem["member"], json!("sector_identifier_uri"));
    publisher.publish(json!(["https://b.example/cb", "https://a.example/cb"]));
    let made = register(&server, members).await.expect(201);
    assert_eq!(made["sector"], json!("127.0.0.1"));
}
