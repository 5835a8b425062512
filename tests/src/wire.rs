//! The wire to an engine, which freezes: connections stay open and nothing comes through, as when a host stops or a network swallows
//! everything. Engines of other tests notice nothing of it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A wire.
pub struct Wire {
    /// Where it begins.
    pub address: SocketAddr,
    frozen: watch::Sender<bool>,
}

impl Wire {
    /// A wire to an address.
    pub async fn to(engine: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (frozen, state) = watch::channel(false);
        let engine = engine.to_owned();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&engine).await else {
                    continue;
                };
                let ((read, write), (far_read, far_write)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(read, far_write, state.clone()));
                tokio::spawn(carry(far_read, write, state.clone()));
            }
        });
        Self { address, frozen }
    }

    /// Nothing comes through any more.
    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    /// Everything does, what was held back first.
    pub fn thaw(&self) {
        self.frozen.send_replace(false);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut frozen: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if frozen.wait_for(|frozen| !frozen).await.is_err() {
            return;
        }
        let Some(read) = buffer.get(..count) else { return };
        if to.write_all(read).await.is_err() {
            return;
        }
    }
}
