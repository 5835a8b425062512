//! What other instances write: their commits say which cached records they replace. Whoever cannot hear that keeps nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use idp_store::cache::{Caches, Withdrawal};
use serde::{Deserialize, Serialize};
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::connect::{Connector, limited};

/// The channel of a database's instances.
pub(crate) const CHANNEL: &str = "idp_withdrawals";

/// The longest payload of a notification is 7999 bytes.
const PAYLOAD_LIMIT: usize = 7_900;

/// When nothing was heard for so long, the server is asked whether it is there, and has so long to say so: together, what is cached is
/// never older than 250 milliseconds.
const SILENCE: Duration = Duration::from_millis(100);
const ANSWER: Duration = Duration::from_millis(150);

/// How long until the next attempt to connect.
const RETRY: Duration = Duration::from_millis(200);

/// What a commit tells the other instances.
#[derive(Serialize, Deserialize)]
struct Notice {
    /// The chain of who committed; its own caches know.
    from: i64,
    withdrawal: Withdrawal,
}

/// The payload about a commit.
pub(crate) fn payload(from: i64, withdrawal: &Withdrawal) -> Result<String, serde_json::Error> {
    let text = |withdrawal| serde_json::to_string(&Notice { from, withdrawal });
    let complete = text(withdrawal.clone())?;
    if complete.len() <= PAYLOAD_LIMIT {
        return Ok(complete);
    }
    text(Withdrawal::all())
}

/// Listens until it is aborted.
pub(crate) async fn run(connector: Connector, chain_id: i64, caches: Arc<Caches>, is_away: Arc<AtomicBool>) {
    loop {
        // Until the guard goes, readers ask the database for everything.
        let deaf = caches.begin(Withdrawal::all());
        let mut listener = loop {
            match limited(connector.patience(), subscribe(&connector)).await {
                Ok(listener) => break listener,
                Err(error) => {
                    if !is_away.swap(true, Ordering::Relaxed) {
                        tracing::warn!(%error, "PostgreSQL is away; nothing is cached");
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        if is_away.swap(false, Ordering::Relaxed) {
            tracing::info!("PostgreSQL is back");
        }
        drop(deaf);
        if let Err(error) = follow(&mut listener, chain_id, &caches).await {
            tracing::info!(%error, "the connection that listens was lost");
        }
    }
}

async fn subscribe(connector: &Connector) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(connector.patience())
        .connect_with(connector.options())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Returns when the connection is lost.
async fn follow(listener: &mut PgListener, chain_id: i64, caches: &Arc<Caches>) -> Result<(), sqlx::Error> {
    loop {
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(heard) => match heard? {
                Some(notification) => withdraw(notification.payload(), chain_id, caches),
                None => return Ok(()),
            },
            Err(_silence) => {
                limited(ANSWER, listener.execute("SELECT 1")).await?;
                while let Some(notification) = listener.next_buffered() {
                    withdraw(notification.payload(), chain_id, caches);
                }
            }
        }
    }
}

fn withdraw(payload: &str, chain_id: i64, caches: &Arc<Caches>) {
    match serde_json::from_str::<Notice>(payload) {
        Ok(notice) if notice.from == chain_id => {}
        Ok(notice) => drop(caches.begin(notice.withdrawal)),
        // A later version may say it in other words.
        Err(_) => caches.clear(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_beyond_the_limit_withdraws_everything() {
        let some = Withdrawal {
            sessions: vec!["a".to_owned()],
            ..Withdrawal::default()
        };
        let read = |text: String| serde_json::from_str::<Notice>(&text).unwrap().withdrawal;
        assert_eq!(read(payload(1, &some).unwrap()), some);
        let many = Withdrawal {
            sessions: vec!["x".repeat(100); 100],
            ..Withdrawal::default()
        };
        assert_eq!(read(payload(1, &many).unwrap()), Withdrawal::all());
    }
}
