//! The edge: from a listening socket to requests of people who keep to the limits.
//!
//! `axum::serve` never closes a silent or half-sent connection, and hyper's automatic builder waits for ever for the bytes by
//! which it would recognise the version. This accept loop gives every wait a limit. In plain it speaks HTTP/1.1 alone, for the
//! reverse proxy that ends TLS in front of it; where TLS ends here, ALPN decides between HTTP/2 and HTTP/1.1.
//!
//! | what is limited | by | module | tests |
//! |---|---|---|---|
//! | connections in all and per address, upgraded ones included | [`EdgeSettings::max_connections`] and the next field | `gate` | `gate::tests`, `tests::*cap*` |
//! | who asks, behind a proxy | [`Proxies`] | `origin` | `origin::tests`, `tests::behind_*` |
//! | silence after connecting | [`EdgeSettings::first_byte`]; costs a task of a few hundred bytes, no buffer | `connection` | `tests::silent_*` |
//! | request header, idle keep-alive | [`EdgeSettings::header`], [`EdgeSettings::idle`] | `patience` | `tests::partial_*`, `tests::kept_*` |
//! | a peer that does not read, after an upgrade too | [`EdgeSettings::write`] | `stream` | `tests::peers_that_*` |
//! | TLS handshake | [`EdgeSettings::header`] | [`tls`], `connection` | `tests::tls::*` |
//! | what a client says it is, by certificate | [`ClientCertificates`](crate::config::ClientCertificates) | `client_certificate` | `tests::tls::*` |
//! | HTTP/2 streams, header lists, resets, silence | constants, [`EdgeSettings::idle`] | `http2` | `tests::tls::*` |
//! | request body | [`body::read`], called by handlers | [`body`] | `body::tests`, `tests::slow_body_*` |
//! | shutdown | [`EdgeSettings::drain`] | [`drain`] | `tests::drain_*` |
//! | accept errors (no descriptors left) | a growing pause | `accept` | `accept::tests` |

mod accept;
mod activity;
pub mod body;
pub(crate) mod client_certificate;
mod connection;
mod counters;
pub mod drain;
mod gate;
mod http2;
mod origin;
mod patience;
mod stream;
#[cfg(test)]
mod tests;
pub mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};

use self::accept::Pause;
use self::connection::Shared;
use self::drain::Stage;
use self::gate::{Gate, Refused};
use crate::config::Config;
use crate::live::Live;

pub use counters::EdgeCounters;
pub use drain::Drain;
pub use origin::{ClientAddress, Proxies};
pub use tls::{Tls, TlsError};

/// Extension of every request: who is at the other end of the connection, which behind a reverse proxy is the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// The limits of the edge.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// Open connections in all.
    pub max_connections: usize,
    /// Open connections of one IPv4 address or one IPv6 /64.
    pub max_connections_per_address: usize,
    /// From the connection to its first byte.
    pub first_byte: Duration,
    /// From a request's first byte to the end of its header.
    pub header: Duration,
    /// From a response to the next request's first byte.
    pub idle: Duration,
    /// For which a peer may take no byte of what is sent to it, on upgraded connections too.
    pub write: Duration,
    /// For what is in flight at shutdown.
    pub drain: Duration,
    /// Who may say for whom it asks.
    pub proxies: Proxies,
    /// The certificate, where TLS ends here.
    pub tls: Option<Arc<Tls>>,
    /// Where events are counted.
    pub counters: Arc<EdgeCounters>,
}

impl From<EdgeSettings> for Arc<Live<EdgeSettings>> {
    fn from(settings: EdgeSettings) -> Self {
        Self::new(Live::new(settings))
    }
}

impl From<&Config> for EdgeSettings {
    fn from(config: &Config) -> Self {
        Self {
            max_connections: config.limits.max_connections,
            max_connections_per_address: config.limits.max_connections_per_address,
            first_byte: Duration::from_secs(config.timeouts.first_byte_seconds),
            header: Duration::from_secs(config.timeouts.header_seconds),
            idle: Duration::from_secs(config.timeouts.idle_seconds),
            // Reading a response and sending a request are the same effort.
            write: Duration::from_secs(config.timeouts.body_seconds),
            drain: Duration::from_secs(config.timeouts.drain_seconds),
            proxies: Proxies::from(config),
            tls: None,
            counters: Arc::default(),
        }
    }
}

/// Serves connections until `shutdown` resolves, then lets what is in flight finish within [`EdgeSettings::drain`].
///
/// Settings that are replaced hold for connections from then on.
///
/// Requests carry the extensions [`PeerAddress`], [`ClientAddress`] and [`Drain`]. Dropping the future closes every connection.
///
/// # Errors
/// The listener's, when it cannot name its own address: it is not listening. Errors of single connections end those alone.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: impl Into<Arc<Live<EdgeSettings>>>,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let settings = settings.into();
    listener.local_addr()?;
    let gate = Arc::new(Gate::new(
        settings.max_connections,
        settings.max_connections_per_address,
    ));
    // Set once: counters are of one server.
    let _ = settings.counters.gate.set(Arc::clone(&gate));
    let (stage, drain) = drain::channel();
    let shared = Arc::new(Shared {
        router,
        settings,
        drain,
    });
    tokio::select! {
        biased;
        () = shutdown => {}
        never = accept_for_ever(&listener, &gate, &shared) => match never {},
    }
    drop(listener);
    let patience = shared.settings.drain;
    stage.send_replace(Stage::Draining);
    let drained = tokio::time::timeout(patience, gate.emptied()).await.is_ok();
    if !drained {
        tracing::warn!(
            open = gate.open(),
            "connections outlived the drain and are dropped"
        );
    }
    stage.send_replace(Stage::Over);
    Ok(())
}

async fn accept_for_ever(
    listener: &TcpListener,
    gate: &Arc<Gate>,
    shared: &Arc<Shared>,
) -> std::convert::Infallible {
    let mut pause = Pause::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = Pause::default();
                admit(stream, peer, gate, shared);
            }
            Err(error) => {
                EdgeCounters::count(&shared.settings.counters.accept_errors);
                if let Some(wait) = pause.after(&error) {
                    tracing::warn!(%error, "cannot accept connections for now");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }
}

fn admit(stream: TcpStream, peer: SocketAddr, gate: &Arc<Gate>, shared: &Arc<Shared>) {
    let settings: &EdgeSettings = &shared.settings;
    let counters = &settings.counters;
    gate.cap(settings.max_connections, settings.max_connections_per_address);
    let entered = if settings.proxies.is_trusted(peer.ip()) {
        gate.enter_proxy(peer.ip())
    } else {
        gate.enter(peer.ip())
    };
    let refused = match entered {
        Ok(place) => {
            EdgeCounters::count(&counters.accepted);
            tokio::spawn(connection::attend(stream, peer, place, Arc::clone(shared)));
            return;
        }
        Err(Refused::Full) => &counters.refused_full,
        Err(Refused::Address) => &counters.refused_address,
    };
    EdgeCounters::count(refused);
    // A reset leaves nothing behind in the kernel; an orderly close would keep the port in TIME_WAIT here.
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a refused connection is closed in order");
    }
}
