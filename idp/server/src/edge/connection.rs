//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConnection;
use tokio::net::TcpStream;
use tower::Service;

use super::activity::{Activity, CountedBody, InFlight};
use super::counters::EdgeCounters;
use super::drain::{Drain, Stage};
use super::gate::Place;
use super::http2::{self, Streams};
use super::patience::Patience;
use super::stream::{Socket, Transport};
use super::{EdgeSettings, PeerAddress, client_certificate};
use crate::live::Live;

/// The longest request header, in bytes: room for a signed authorization request in a query (RFC 9101 section 5).
const HEADER_LIMIT: usize = 32_768;
/// The most fields in it.
const FIELD_LIMIT: usize = 64;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) settings: Arc<Live<EdgeSettings>>,
    pub(super) drain: Drain,
}

/// Waits for the first byte with nothing but the socket in hand, then serves.
pub(super) async fn attend(stream: TcpStream, peer: SocketAddr, place: Place, shared: Arc<Shared>) {
    let mut drain = shared.drain.clone();
    let mut first = [0; 1];
    tokio::select! {
        // Peeked at, because readiness alone may be reported when there is nothing.
        spoken = tokio::time::timeout(shared.settings.first_byte, stream.peek(&mut first)) => match spoken {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return,
            Err(_) => return EdgeCounters::count(&shared.settings.counters.silent),
        },
        _ = drain.next() => return,
    }
    // Answers are single writes; waiting for more would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // On the heap, so that a silent connection does not reserve the room of a speaking one.
    Box::pin(converse(stream, peer, place, shared, drain)).await;
}

/// Who is at the other end.
#[derive(Debug, Clone)]
struct Peer {
    address: SocketAddr,
    /// The certificate that it showed us, where it is no proxy, which would show its own.
    certificate: Option<HeaderValue>,
}

impl Peer {
    fn of(address: SocketAddr, connection: &ServerConnection, shared: &Shared) -> Self {
        let is_itself = !shared.settings.proxies.is_any(address.ip());
        Self {
            address,
            certificate: is_itself.then(|| client_certificate::shown(connection)).flatten(),
        }
    }
}

async fn converse(stream: TcpStream, address: SocketAddr, place: Place, shared: Arc<Shared>, drain: Drain) {
    let Some(tls) = shared.settings.tls.as_deref() else {
        let peer = Peer {
            address,
            certificate: None,
        };
        return http1(stream, peer, place, shared, drain).await;
    };
    let handshake = tls.acceptor().accept(stream);
    match tokio::time::timeout(shared.settings.header, handshake).await {
        Ok(Ok(stream)) => {
            let (_, connection) = stream.get_ref();
            let peer = Peer::of(address, connection, &shared);
            if connection.alpn_protocol() == Some(b"h2") {
                http2(stream, peer, place, shared, drain).await;
            } else {
                http1(stream, peer, place, shared, drain).await;
            }
        }
        Ok(Err(error)) => {
            EdgeCounters::count(&shared.settings.counters.tls_failed);
            tracing::debug!(peer = %address, %error, "no TLS connection came of it");
        }
        Err(_) => EdgeCounters::count(&shared.settings.counters.tls_failed),
    }
}

/// One request after the other (RFC 9112).
async fn http1<S: Transport>(stream: S, peer: Peer, place: Place, shared: Arc<Shared>, mut drain: Drain) {
    let address = peer.address;
    let activity = Arc::new(Activity::default());
    let mut patience = Patience::new(Arc::clone(&activity), Arc::clone(&shared));
    let stream = Socket::new(stream, Arc::clone(&activity), Arc::clone(&shared), place);
    let service = service_fn(move |request| {
        let in_flight = InFlight::begin(&activity);
        let response = answer(request, &peer, &shared);
        async move {
            let response = response.await?;
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                in_flight.upgrade();
            }
            Ok::<_, Infallible>(response.map(|body| CountedBody::new(body, in_flight)))
        }
    });
    let connection = builder()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            ended = patience.with(connection.as_mut()) => {
                if let Some(Err(error)) = ended {
                    // Peers go away and scanners talk nonsense: of interest to nobody but a developer.
                    tracing::debug!(peer = %address, %error, "connection ended early");
                }
                return;
            }
            stage = drain.next() => match stage {
                Stage::Serving => {}
                Stage::Draining => connection.as_mut().graceful_shutdown(),
                Stage::Over => return,
            },
        }
    }
}

/// Several requests at once (RFC 9113).
async fn http2<S: Transport>(stream: S, peer: Peer, place: Place, shared: Arc<Shared>, mut drain: Drain) {
    let address = peer.address;
    let streams = Arc::new(Streams::default());
    let open = Arc::clone(&streams);
    let builder = http2::builder(&shared.settings);
    let idle = shared.settings.idle;
    let counters = Arc::clone(&shared.settings.counters);
    let stream = Socket::new(stream, Arc::default(), Arc::clone(&shared), place);
    let service = service_fn(move |request| {
        let counted = open.begin();
        let response = answer(request, &peer, &shared);
        async move { Ok::<_, Infallible>(response.await?.map(|body| CountedBody::new(body, counted))) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut is_over = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(peer = %address, %error, "connection ended early");
                }
                return;
            }
            () = streams.idle(idle), if !is_over => {
                EdgeCounters::count(&counters.idle);
                is_over = true;
                connection.as_mut().graceful_shutdown();
            }
            stage = drain.next() => match stage {
                Stage::Serving => {}
                Stage::Draining => connection.as_mut().graceful_shutdown(),
                Stage::Over => return,
            },
        }
    }
}

/// [`Patience`] and [`Socket`] have the time limits, hence no timer here.
fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .header_read_timeout(None)
        .max_buf_size(HEADER_LIMIT)
        .max_headers(FIELD_LIMIT);
    builder
}

/// Where a request goes, whatever brought it.
fn answer(
    mut request: Request<Incoming>,
    peer: &Peer,
    shared: &Shared,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
    let client = shared
        .settings
        .proxies
        .admit(peer.address.ip(), request.headers_mut());
    client_certificate::hand_on(request.headers_mut(), peer.certificate.as_ref());
    request.extensions_mut().insert(PeerAddress(peer.address));
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(shared.drain.clone());
    shared.router.clone().call(request.map(Body::new))
}
