//! A TCP proxy of a test's own: connections go round robin to several servers, past those that refuse; the link can be held and cut.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a server may take to accept.
const CONNECT: Duration = Duration::from_secs(1);

struct Shared {
    servers: Mutex<Vec<SocketAddr>>,
    next: AtomicUsize,
    passed_over: AtomicUsize,
}

/// The proxy. Its connections end with it.
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    held: watch::Sender<bool>,
    cut: watch::Sender<()>,
}

impl Relay {
    /// Starts one that leads nowhere yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let relay = Self {
            address: listener.local_addr().expect("an address"),
            shared: Arc::new(Shared {
                servers: Mutex::default(),
                next: AtomicUsize::new(0),
                passed_over: AtomicUsize::new(0),
            }),
            held: watch::Sender::new(false),
            cut: watch::Sender::new(()),
        };
        tokio::spawn(accept(
            listener,
            relay.shared.clone(),
            (relay.held.subscribe(), relay.cut.subscribe()),
        ));
        relay
    }

    /// Leads new connections to these.
    pub fn lead_to(&self, servers: Vec<SocketAddr>) {
        *self.shared.servers.lock().unwrap_or_else(PoisonError::into_inner) = servers;
    }

    /// Holds back, or lets go again, what is on its way.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Ends every connection; what was held back is lost.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// How often a server refused and the next one was asked.
    pub fn passed_over(&self) -> usize {
        self.shared.passed_over.load(Ordering::Relaxed)
    }
}

type Signals = (watch::Receiver<bool>, watch::Receiver<()>);

async fn accept(listener: TcpListener, shared: Arc<Shared>, (held, mut cut): Signals) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            changed = cut.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        if let Ok((stream, _)) = accepted {
            tokio::spawn(carry(stream, shared.clone(), (held.clone(), cut.clone())));
        }
    }
}

/// A connection to the next server that takes one.
async fn choose(shared: &Shared) -> Option<TcpStream> {
    let servers = shared
        .servers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let first = shared.next.fetch_add(1, Ordering::Relaxed);
    for turn in 0..servers.len() {
        let server = *servers.get((first + turn) % servers.len())?;
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(server)).await {
            return Some(stream);
        }
        shared.passed_over.fetch_add(1, Ordering::Relaxed);
    }
    None
}

async fn carry(client: TcpStream, shared: Arc<Shared>, (held, mut cut): Signals) {
    cut.mark_unchanged();
    let Some(server) = choose(&shared).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let both = async {
        tokio::join!(
            pump(from_client, to_server, held.clone()),
            pump(from_server, to_client, held)
        )
    };
    tokio::select! {
        _ = both => {}
        _ = cut.changed() => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut held: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        let _ = held.wait_for(|held| !held).await;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            let _ = to.shutdown().await;
            return;
        };
        if to.write_all(part).await.is_err() {
            return;
        }
    }
}
