//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use super::activity::{Activity, InFlight, InFlightBody};
use super::counters::EdgeCounters;
use super::drain::{Drain, Stage};
use super::gate::Place;
use super::patience::Patience;
use super::stream::Socket;
use super::{EdgeSettings, PeerAddress};

/// The longest request header, in bytes: room for a signed authorization request in a query (RFC 9101 section 5).
const HEADER_LIMIT: usize = 32_768;
/// The most fields in it.
const FIELD_LIMIT: usize = 64;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) settings: EdgeSettings,
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

async fn converse(stream: TcpStream, peer: SocketAddr, place: Place, shared: Arc<Shared>, mut drain: Drain) {
    let activity = Arc::new(Activity::default());
    let mut patience = Patience::new(Arc::clone(&activity), Arc::clone(&shared));
    let stream = Socket::new(stream, Arc::clone(&activity), Arc::clone(&shared), place);
    let service = service_fn(move |request| answer(request, peer, InFlight::begin(&activity), &shared));
    let connection = builder()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            ended = patience.with(connection.as_mut()) => {
                if let Some(Err(error)) = ended {
                    // Peers go away and scanners talk nonsense: of interest to nobody but a developer.
                    tracing::debug!(%peer, %error, "connection ended early");
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

/// [`Patience`] and [`Socket`] have the time limits, hence no timer here.
fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .header_read_timeout(None)
        .max_buf_size(HEADER_LIMIT)
        .max_headers(FIELD_LIMIT);
    builder
}

fn answer(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    in_flight: InFlight,
    shared: &Shared,
) -> impl Future<Output = Result<Response<InFlightBody>, Infallible>> + use<> {
    request.extensions_mut().insert(PeerAddress(peer));
    request.extensions_mut().insert(shared.drain.clone());
    let response = shared.router.clone().call(request.map(Body::new));
    async move {
        let response = response.await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            in_flight.upgrade();
        }
        Ok(response.map(|body| InFlightBody {
            body,
            _in_flight: in_flight,
        }))
    }
}
