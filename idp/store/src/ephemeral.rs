//! The ephemeral store: what may be lost. It refuses fast; the durable store decides.

use async_trait::async_trait;
use idp_core::approval::Session;
use idp_types::{SessionId, Timestamp, TokenId};
use tokio::sync::mpsc;

use crate::{StoreError, Version, Versioned};

/// The largest value that a store takes, in bytes.
pub const VALUE_LIMIT: usize = 1024 * 1024;

/// What came of writing a session or value that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// Written.
    Swapped,
    /// It changed since it was read: load and decide again.
    Conflict,
    /// It is not there any more.
    Gone,
}

/// What a rate limit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Go on.
    Allowed,
    /// Not before so many seconds.
    RetryAfter(u32),
}

impl Rate {
    /// Not before `until`, as seen at `now`: at least a second.
    pub fn retry_at(until: Timestamp, now: Timestamp) -> Self {
        let millis = until.millis_since(now).max(1);
        Self::RetryAfter(u32::try_from(millis.unsigned_abs().div_ceil(1000)).unwrap_or(u32::MAX))
    }
}

/// A limit: so many in so many seconds, counted in a fixed window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u32,
}

/// From when to when a value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Now: what expired before is not there.
    pub now: Timestamp,
    /// When it is forgotten.
    pub until: Timestamp,
}

/// A value in place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement<'a> {
    /// What must be there.
    pub expected: &'a [u8],
    /// What is there afterwards.
    pub new: Vec<u8>,
    /// From when to when the new value lives.
    pub life: Lifetime,
}

/// What a value is remembered for: keys of different kinds never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Enrolment challenges.
    EnrolmentChallenge,
    /// Signed requests of devices that were seen (profile 2).
    DeviceRequest,
    /// Registrations of a person with a service (profile 4.2).
    Registration,
    /// Sealed results (architecture: the mailbox).
    Mailbox,
    /// Services blocked by "this was not me", for a tokenId and caller (profile 4).
    Block,
    /// `jti` of client assertions.
    AssertionId,
    /// Pushes to a tokenId since its last success.
    PushCount,
    /// Logins of a browser that are under way.
    Interaction,
    /// Cross-site POSTs, parked until the browser comes by itself (profile 8).
    ParkedRequest,
    /// Pushed authorization requests (RFC 9126).
    PushedRequest,
    /// What a code redeems, sealed under it.
    AuthorizationCode,
    /// Released claims, sealed under an access token.
    AccessClaims,
    /// Released claims, sealed under a refresh token.
    RefreshClaims,
    /// The answer to a refresh, sealed under the old token.
    RefreshReplay,
    /// Released claims, sealed under the cookie of a session.
    SessionClaims,
    /// Device authorizations by their device code (RFC 8628).
    DeviceAuthorization,
    /// Which device authorization a user code names.
    UserCode,
    /// CIBA requests.
    CibaRequest,
    /// `jti` of DPoP proofs (RFC 9449 11.1).
    DpopProof,
    /// SAML requests that were answered.
    SamlRequest,
    /// Messages that wait behind an artifact (SAML Bindings 3.6).
    SamlArtifact,
    /// SAML logouts that travel with a browser.
    SamlLogout,
}

/// A wake-up. It carries no content: whoever wakes reads the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A session or registration changed; its browser should look.
    Session(String),
    /// A holder has something waiting; its phones should look.
    Holder(TokenId),
    /// The key ring changed; every instance should read it.
    Keys,
    /// The trust lists changed; every instance should read its own.
    Trust,
}

/// Wake-ups for one topic, until dropped. A closed channel means: subscribe again.
pub type Wakeups = mpsc::Receiver<()>;

/// The ephemeral store. Every method is one atomic step.
#[async_trait]
pub trait EphemeralStore: Send + Sync {
    /// Adds a session; it is forgotten at `until`. Its tokenId, if any, finds it in [`EphemeralStore::sessions_of`].
    async fn insert_session(&self, session: Session, until: Timestamp) -> Result<(), StoreError>;
    /// A session.
    async fn session(&self, id: &SessionId, now: Timestamp)
    -> Result<Option<Versioned<Session>>, StoreError>;
    /// Writes a session if it is still at `expected`; indexes it under a tokenId it gained.
    async fn replace_session(
        &self,
        session: Session,
        expected: Version,
        until: Timestamp,
    ) -> Result<Swap, StoreError>;
    /// The sessions of a holder that are not forgotten, oldest first.
    async fn sessions_of(
        &self,
        token_id: &TokenId,
        now: Timestamp,
    ) -> Result<Vec<Versioned<Session>>, StoreError>;
    /// Sessions whose `expires_at` is not after `now` and that have not ended, the first ones first; at most `limit`.
    async fn due_sessions(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError>;
    /// All sessions that are not forgotten, at most `limit`.
    async fn live_sessions(&self, limit: usize, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Remembers a value under a key unless there is one; `false` when there was.
    async fn put_new(
        &self,
        kind: Kind,
        key: &str,
        value: Vec<u8>,
        life: Lifetime,
    ) -> Result<bool, StoreError>;
    /// Remembers a value, in place of what was there.
    async fn put(&self, kind: Kind, key: &str, value: Vec<u8>, until: Timestamp) -> Result<(), StoreError>;
    /// Writes a value if the one that is there is the expected one.
    async fn swap(&self, kind: Kind, key: &str, replacement: Replacement<'_>) -> Result<Swap, StoreError>;
    /// The value under a key.
    async fn read(&self, kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// The value under a key, forgetting it in the same step.
    async fn take(&self, kind: Kind, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// Counts one under a key and answers the new count; the count ends at `until` of its first.
    async fn count(&self, kind: Kind, key: &str, life: Lifetime) -> Result<u32, StoreError>;

    /// Counts one against a limit.
    async fn hit(&self, bucket: &str, limit: Limit, now: Timestamp) -> Result<Rate, StoreError>;

    /// Wakes the subscribers of a topic.
    async fn wake(&self, topic: Topic) -> Result<(), StoreError>;
    /// Subscribes to a topic; catch up by reading after subscribing.
    async fn subscribe(&self, topic: Topic) -> Result<Wakeups, StoreError>;

    /// Forgets what expired before `now`, unless the engine does so by itself; returns how many entries.
    async fn prune(&self, now: Timestamp) -> Result<usize, StoreError>;
    /// Whether the engine answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
