//! Client certificates (RFC 8705) where TLS ends at the server itself: a real client shows them in a real handshake.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use idp_server::config::{ClientCertificates, TlsConfig};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::TestServer;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Party;
use super::party::{form, text};
use crate::instances::{redis_of_all, shared};

const NAME: &str = "login.example";

/// A certificate with its key.
struct Shown {
    certificate: Certificate,
    key: KeyPair,
}

fn named(name: &str) -> CertificateParams {
    let mut content = CertificateParams::new(Vec::new()).unwrap();
    content.distinguished_name.push(DnType::CommonName, name);
    content
}

impl Shown {
    fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = named(name).self_signed(&key).unwrap();
        Self { certificate, key }
    }

    /// Under an authority of that name and key.
    fn under(authority: &Issuer<'_, KeyPair>, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = named(name).signed_by(&key, authority).unwrap();
        Self { certificate, key }
    }

    /// The key as a client registers it, the certificate with it.
    fn jwk(&self) -> Value {
        let point = self.key.public_key_raw();
        let encode = |part: &[u8]| data_encoding::BASE64URL_NOPAD.encode(part);
        json!({
            "kty": "EC", "crv": "P-256", "kid": "own", "x": encode(&point[1..33]), "y": encode(&point[33..]),
            "x5c": [BASE64.encode(self.certificate.der())],
        })
    }
}

fn authority(name: &str) -> (Certificate, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut content = named(name);
    content.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = content.self_signed(&key).unwrap();
    (certificate, Issuer::new(content, key))
}

/// A server that ends TLS itself and trusts one authority, beside one that is administered in plain.
struct Scene {
    plain: TestServer,
    secure: TestServer,
    root: Certificate,
    authority: Issuer<'static, KeyPair>,
    _files: TempDir,
}

impl Scene {
    async fn set() -> Self {
        let files = TempDir::new().unwrap();
        let own = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let (trusted, issuer) = authority("Authority");
        for (name, text) in [
            ("own.pem", own.cert.pem()),
            ("key.pem", own.signing_key.serialize_pem()),
            ("clients.pem", trusted.pem()),
        ] {
            std::fs::write(files.path().join(name), text).unwrap();
        }
        let path = |name: &str| files.path().join(name);
        let tls = TlsConfig {
            certificate_file: path("own.pem"),
            private_key_file: path("key.pem"),
            client_certificates: Some(ClientCertificates {
                authorities: Some(path("clients.pem")),
            }),
        };
        let redis = redis_of_all();
        let plain = TestServer::start_with(|config| shared(config, &redis)).await;
        let secure = plain
            .start_beside_with("secure", |config| config.tls = Some(tls))
            .await;
        Self {
            plain,
            secure,
            root: own.cert,
            authority: issuer,
            _files: files,
        }
    }

    /// A handshake with a certificate, or without one, and a request of client credentials: the answer, unless there is no handshake.
    async fn ask(&self, party: &Party, shown: Option<&Shown>, header: Option<&str>) -> Option<(u16, Value)> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            Some(shown) => {
                let key = PrivateKeyDer::Pkcs8(shown.key.serialize_der().into());
                builder
                    .with_client_auth_cert(vec![shown.certificate.der().clone()], key)
                    .unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        let stream = TcpStream::connect(self.address()).await.unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .ok()?;
        let _connection = tokio::spawn(connection);
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_id", party.client_id.as_str()),
        ];
        let request = Request::post("/oidc/token")
            .header(header::HOST, NAME)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match header {
            Some(value) => request.header("idp-own-tls-client-cert", value),
            None => request,
        };
        // In TLS 1.3 a client learns with the first answer that its certificate was refused.
        let answer = sender
            .send_request(request.body(Full::new(Bytes::from(form(&pairs)))).unwrap())
            .await
            .ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        Some((status, serde_json::from_slice(&body).unwrap()))
    }

    fn address(&self) -> SocketAddr {
        self.secure.app.config.listen
    }

    /// A client of a certificate's name.
    async fn of_name(&self, name: &str) -> Party {
        let members = json!({
            "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": format!("CN={name}"),
            "tls_client_certificate_bound_access_tokens": true,
        });
        Party::with(&self.plain, members).await
    }
}

fn is_refused(answer: Option<(u16, Value)>) -> bool {
    answer.is_some_and(|(status, body)| status == 401 && body["error"] == "invalid_client")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_2_1_a_certificate_of_a_trusted_authority_is_its_client() {
    let scene = Scene::set().await;
    let party = scene.of_name("bank").await;
    let shown = Shown::under(&scene.authority, "bank");
    let (status, tokens) = scene.ask(&party, Some(&shown), None).await.unwrap();
    assert_eq!(status, 200, "{tokens}");
    let payload = tests::web::payload(&text(&tokens, "access_token"));
    assert!(payload["cnf"]["x5t#S256"].is_string(), "RFC 8705 3.1");
    let other = Shown::under(&scene.authority, "another bank");
    assert!(is_refused(scene.ask(&party, Some(&other), None).await));
    assert!(
        is_refused(scene.ask(&party, None, None).await),
        "nobody has to have one"
    );
    let own_word = Shown::self_signed("bank");
    assert!(
        is_refused(scene.ask(&party, Some(&own_word), None).await),
        "a name that nobody vouches for"
    );
    let (_, stranger) = authority("Authority");
    let forged = Shown::under(&stranger, "bank");
    assert!(
        scene.ask(&party, Some(&forged), None).await.is_none(),
        "another authority of the same name ends the handshake"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_2_2_a_self_signed_certificate_of_a_registered_key_is_its_client() {
    let scene = Scene::set().await;
    let shown = Shown::self_signed("anybody");
    let members =
        json!({"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [shown.jwk()]}});
    let party = Party::with(&scene.plain, members).await;
    let (status, tokens) = scene.ask(&party, Some(&shown), None).await.unwrap();
    assert_eq!(status, 200, "{tokens}");
    let other = Shown::self_signed("anybody");
    assert!(is_refused(scene.ask(&party, Some(&other), None).await));
    let written = format!(":{}:", BASE64.encode(shown.certificate.der()));
    assert!(
        is_refused(scene.ask(&party, None, Some(&written)).await),
        "what is only written was not shown"
    );
}
