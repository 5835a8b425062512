//! The ephemeral store that instances share: Redis 6.2 or newer, or what speaks its protocol.
//!
//! Every step is one command or one script on one key, so Redis does it whole or not at all, alone or in a cluster. What is stored says
//! itself until when it is there, and the caller's clock decides; Redis' own expiry only cleans up. Indexes are hints: what they name is
//! read and checked.
//!
//! Redis may lose or bring back whatever it holds (operations 3.5). That costs somebody a retry and nothing else, because the durable
//! store decides who won.
//!
//! While Redis does not answer, requests fail: the first few after the time limit, further ones at once, until a connection that answers
//! takes the place of the broken one. A Redis that should keep sessions has `maxmemory-policy noeviction`; the store warns of any other.
//!
//! The crate refuses to know the rules and what values mean: it stores what it received sealed. It reads no clock and draws no random
//! numbers.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | architecture "Two stores", profile 4, 4.5 (once, fast refusal) | [`RedisStore`], `script` | `tests/redis/contract.rs` |
//! | operations 3.7, rows 5 to 7 (Redis lost, stopped, failed over) | `link`, `connector` | `tests/redis/faults.rs` |
//! | profile 4.5 (wake-ups), between processes | `wakeups` | `tests/redis/contract.rs`, `tests/redis/faults.rs` |
//! | server, sentinel and cluster URLs, TLS | [`Address`], `connector` | `address::tests`, `tests/redis/forms.rs` |
//! | style rule 8 (rows are not records) | `stored`, `names` | `stored::tests`, `names::tests` |

mod address;
mod connector;
mod link;
mod names;
mod script;
mod sessions;
mod stored;
mod wakeups;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idp_core::approval::Session;
use idp_store::ephemeral::{Kind, Lifetime, Limit, Rate, Replacement, Swap, Topic, VALUE_LIMIT, Wakeups};
use idp_store::{EphemeralStore, StoreError, Version, Versioned};
use idp_types::{SessionId, Timestamp, TokenId};
use tokio::task::JoinHandle;

pub use address::{Address, AddressError, FORMS};

use connector::Connector;
use link::{Failure, Link};
use names::Names;
use stored::moment;
use wakeups::{Listening, Subscriptions};

/// How the store behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// What every name begins with. Installations that share a Redis have different ones.
    pub prefix: String,
    /// Sessions that are not forgotten, over all instances. Beyond it an insert fails with [`StoreError`].
    pub sessions: usize,
    /// Subscriptions to wake-ups of this process.
    pub subscriptions: usize,
    /// How long it may take to connect.
    pub connect: Duration,
    /// How long a request may wait for its answer.
    pub response: Duration,
    /// The certificates that the server's own has to lead to, as PEM; those of the system unless given.
    pub roots: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: "idp".to_owned(),
            sessions: 1_000_000,
            subscriptions: 100_000,
            connect: Duration::from_secs(2),
            response: Duration::from_secs(1),
            roots: None,
        }
    }
}

/// Why the store did not open. Redis that does not answer is no reason: it may come back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address or a certificate is not usable.
    #[error("the address of Redis, or a certificate for it, cannot be used: {0}")]
    Settings(#[source] redis::RedisError),
    /// Redis wants another name or password.
    #[error("Redis refuses these credentials: {0}")]
    Refused(String),
}

/// The store. Dropping it closes its connections.
pub struct RedisStore {
    names: Names,
    sessions: usize,
    link: Arc<Link>,
    subscriptions: Subscriptions,
    tasks: [JoinHandle<()>; 2],
}

/// A value is larger than any may be.
#[derive(Debug, thiserror::Error)]
#[error("there is no room for a value of {0} bytes")]
struct TooLarge(usize);

/// What is under a key is not what was counted.
#[derive(Debug, thiserror::Error)]
#[error("the value under this key is not a count")]
struct NotACount;

impl RedisStore {
    /// Opens the store, connected if Redis answers.
    ///
    /// # Errors
    /// [`OpenError`] when waiting would not help.
    pub async fn open(address: &Address, options: Options) -> Result<Self, OpenError> {
        // The provider may be set already, and is then this one: there is one native cryptography.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let connector = Connector::new(address, options.roots.as_deref(), options.response);
        let connector = Arc::new(connector.map_err(OpenError::Settings)?);
        let link = Arc::new(Link::new(options.response));
        match link.attempt(&connector, options.connect).await {
            Err(failure) if failure.is_refusal() => return Err(OpenError::Refused(failure.to_string())),
            Err(failure) => {
                tracing::error!(error = %failure, "Redis does not answer; the server waits for it");
            }
            Ok(()) => (),
        }
        let names = Names::new(&options.prefix);
        let (subscriptions, listener) = Subscriptions::open(Listening {
            connector: connector.clone(),
            names: names.clone(),
            subscriptions: options.subscriptions,
            connect: options.connect,
            response: options.response,
        })
        .await;
        let keeper = link.clone().keep(connector, options.connect);
        Ok(Self {
            names,
            sessions: options.sessions,
            link,
            subscriptions,
            tasks: [tokio::spawn(keeper), tokio::spawn(listener)],
        })
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn swap_of(code: u8) -> Swap {
    match code {
        0 => Swap::Swapped,
        1 => Swap::Conflict,
        _ => Swap::Gone,
    }
}

fn bounded(value: &[u8]) -> Result<&[u8], StoreError> {
    if value.len() > VALUE_LIMIT {
        return Err(StoreError::new(TooLarge(value.len())));
    }
    Ok(value)
}

/// What is stored, unless it is forgotten.
fn live(stored: Option<Vec<u8>>, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(stored) = stored else { return Ok(None) };
    Ok(stored::live(&stored, now)?.map(<[u8]>::to_vec))
}

#[async_trait]
impl EphemeralStore for RedisStore {
    async fn insert_session(&self, session: Session, until: Timestamp) -> Result<(), StoreError> {
        self.insert(session, until).await
    }

    async fn session(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<Versioned<Session>>, StoreError> {
        self.one(id, now).await
    }

    async fn replace_session(
        &self,
        session: Session,
        expected: Version,
        until: Timestamp,
    ) -> Result<Swap, StoreError> {
        self.replace(session, expected, until).await
    }

    async fn sessions_of(
        &self,
        token_id: &TokenId,
        now: Timestamp,
    ) -> Result<Vec<Versioned<Session>>, StoreError> {
        self.of_holder(token_id, now).await
    }

    async fn due_sessions(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.due(limit, now).await
    }

    async fn live_sessions(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.all_live(limit, now).await
    }

    async fn put_new(
        &self,
        kind: Kind,
        key: &str,
        value: Vec<u8>,
        life: Lifetime,
    ) -> Result<bool, StoreError> {
        let key = self.names.value(kind, key);
        let (now, until) = (moment(life.now), moment(life.until));
        let arguments = [now.as_bytes(), until.as_bytes(), bounded(&value)?];
        Ok(script::PUT_NEW.run(&self.link, &key, &arguments).await?)
    }

    async fn put(&self, kind: Kind, key: &str, value: Vec<u8>, until: Timestamp) -> Result<(), StoreError> {
        let key = self.names.value(kind, key);
        let until = moment(until);
        let arguments = [until.as_bytes(), bounded(&value)?];
        script::PUT.run::<bool>(&self.link, &key, &arguments).await?;
        Ok(())
    }

    async fn swap(&self, kind: Kind, key: &str, replacement: Replacement<'_>) -> Result<Swap, StoreError> {
        let Replacement { expected, new, life } = replacement;
        let key = self.names.value(kind, key);
        let (now, until) = (moment(life.now), moment(life.until));
        let arguments = [now.as_bytes(), until.as_bytes(), expected, bounded(&new)?];
        Ok(swap_of(script::SWAP.run(&self.link, &key, &arguments).await?))
    }

    async fn read(&self, kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.names.value(kind, key));
        live(self.link.query(&command).await?, now)
    }

    async fn take(&self, kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = redis::cmd("GETDEL");
        command.arg(self.names.value(kind, key));
        live(self.link.query(&command).await?, now)
    }

    async fn count(&self, kind: Kind, key: &str, life: Lifetime) -> Result<u32, StoreError> {
        let key = self.names.value(kind, key);
        let (now, until) = (moment(life.now), moment(life.until));
        let count: i64 = script::COUNT
            .run(&self.link, &key, &[now.as_bytes(), until.as_bytes()])
            .await?;
        u32::try_from(count).map_err(|_| StoreError::new(NotACount))
    }

    async fn hit(&self, bucket: &str, limit: Limit, now: Timestamp) -> Result<Rate, StoreError> {
        let key = self.names.bucket(bucket);
        let until = now.plus_seconds(i64::from(limit.seconds));
        let (from, until, count) = (moment(now), moment(until), limit.count.to_string());
        let arguments = [from.as_bytes(), until.as_bytes(), count.as_bytes()];
        let ends: i64 = script::HIT.run(&self.link, &key, &arguments).await?;
        Ok(match ends {
            0 => Rate::Allowed,
            ends => Rate::retry_at(Timestamp::from_unix_millis(ends), now),
        })
    }

    async fn wake(&self, topic: Topic) -> Result<(), StoreError> {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.names.channel(&topic)).arg("");
        Ok(self.link.query(&publish).await?)
    }

    async fn subscribe(&self, topic: Topic) -> Result<Wakeups, StoreError> {
        self.subscriptions.subscribe(topic).await
    }

    async fn prune(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.prune_index(now).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.link.query::<redis::Value>(&redis::cmd("PING")).await?;
        if !self.subscriptions.is_listening() {
            return Err(Failure::NotConnected.into());
        }
        Ok(())
    }
}
