//! A provider of pushes: a real server on this machine, over HTTP/1.1, or over TLS and HTTP/2 as Apple's, that answers what a test tells
//! it to and keeps what it was sent.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::receiver::Received;

/// The longest that a push may be on its way, retries included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a provider says.
#[derive(Debug, Clone)]
pub struct Said {
    status: u16,
    fields: Vec<(&'static str, &'static str)>,
    body: Bytes,
    after: Option<Arc<Notify>>,
}

impl Said {
    /// A status without a body.
    pub const fn status(status: u16) -> Self {
        Self {
            status,
            fields: Vec::new(),
            body: Bytes::new(),
            after: None,
        }
    }

    /// A status with JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            body: Bytes::from(body.to_string()),
            ..Self::status(status)
        }
    }

    /// An error of FCM, as Google documents it.
    pub fn fcm(status: u16, word: &str, code: &str) -> Self {
        let details =
            json!([{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]);
        let error = json!({"code": status, "message": "told by a test", "status": word, "details": details});
        Self::json(status, &json!({ "error": error }))
    }

    /// With a field of the header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.fields.push((name, value));
        self
    }

    /// Not before the test says so.
    #[must_use]
    pub fn after(mut self, word: &Arc<Notify>) -> Self {
        self.after = Some(word.clone());
        self
    }

    /// Never.
    pub fn never() -> Self {
        Self::status(200).after(&Arc::default())
    }
}

/// What is answered to a request that has an answer of its own, such as one for a token.
type Own = dyn Fn(&Received) -> Option<Said> + Send + Sync;

struct Shared {
    own: Box<Own>,
    said: Mutex<VecDeque<Said>>,
    otherwise: Mutex<Said>,
    received: mpsc::UnboundedSender<Received>,
}

/// The server.
pub struct Provider {
    /// Scheme, host and port.
    pub origin: String,
    /// The root of its certificate, PEM, where it speaks TLS.
    pub root: Option<String>,
    received: mpsc::UnboundedReceiver<Received>,
    shared: Arc<Shared>,
}

impl Provider {
    /// Over HTTP/1.1, without TLS.
    pub async fn start() -> Self {
        Self::start_with(|_| None).await
    }

    /// The same, with answers of their own to some requests.
    pub async fn start_with(own: impl Fn(&Received) -> Option<Said> + Send + Sync + 'static) -> Self {
        Self::serve(Box::new(own), None).await
    }

    /// Over TLS and HTTP/2 alone.
    pub async fn start_http2() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (root, acceptor) = tls();
        let mut started = Self::serve(Box::new(|_| None), Some(acceptor)).await;
        started.root = Some(root);
        started
    }

    async fn serve(own: Box<Own>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (sender, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            own,
            said: Mutex::default(),
            otherwise: Mutex::new(Said::status(200)),
            received: sender,
        });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, tls) = (serving.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                speak(stream, shared).await;
                            }
                        }
                        None => speak(stream, shared).await,
                    }
                });
            }
        });
        Self {
            origin: format!("{scheme}://{address}"),
            root: None,
            received,
            shared,
        }
    }

    /// Says this to the next requests, each once.
    pub fn say(&self, answers: impl IntoIterator<Item = Said>) {
        let mut said = self.shared.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend(answers);
    }

    /// Says this to all requests for which there is nothing else to say.
    pub fn always_say(&self, answer: Said) {
        let mut otherwise = self
            .shared
            .otherwise
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *otherwise = answer;
    }

    /// The next request.
    pub async fn next(&mut self) -> Received {
        let received = timeout(PATIENCE, self.received.recv()).await;
        received.expect("a push in time").expect("a running provider")
    }

    /// Everything that came and was not looked at.
    pub fn rest(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, shared: Arc<Shared>) {
    let service = service_fn(move |request| answer(request, shared.clone()));
    let builder = auto::Builder::new(TokioExecutor::new());
    // A client that goes away is none of the test's business.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let received = Received::read(request).await;
    let own = (shared.own)(&received);
    let said = own.unwrap_or_else(|| {
        let next = shared
            .said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let otherwise = || {
            shared
                .otherwise
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        };
        next.unwrap_or_else(otherwise)
    });
    // Nobody listens any more where a test is over.
    let _ = shared.received.send(received);
    if let Some(word) = said.after {
        word.notified().await;
    }
    let mut response = Response::new(Full::from(said.body));
    *response.status_mut() = StatusCode::from_u16(said.status).expect("a status");
    for (name, value) in said.fields {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// A root of its own and an acceptor with a certificate of it for this machine.
fn tls() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().expect("a key");
    let root = params.self_signed(&root_key).expect("a root").pem();
    let issuer = Issuer::new(params, root_key);
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key);
    let mut config = config.expect("a certificate that fits its key");
    config.alpn_protocols = vec![b"h2".to_vec()];
    (root, TlsAcceptor::from(Arc::new(config)))
}
