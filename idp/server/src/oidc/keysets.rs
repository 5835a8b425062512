//! The public keys of clients: `jwks`, or what `jwks_uri` answers (RFC 7591 2). Fetched keys are kept for five minutes; an unknown `kid`
//! asks again, but not more often than the floor allows, so that nobody makes us call a client's server at will.

use std::sync::Arc;

use idp_jose::JwkSet;
use idp_types::Timestamp;
use moka::sync::Cache;
use oidc::Client;
use oidc::external::Cloud;
use tokio::sync::Mutex;

use crate::app::App;
use crate::outbound::{ANSWER_LIMIT, fetch_json};

/// Clients whose keys are kept.
const ROOM: u64 = 10_000;

/// For how long fetched keys are used unasked.
const FRESH_SECONDS: i64 = 300;

/// The least time between two fetches for one client.
const FLOOR_SECONDS: i64 = 10;

/// For how long keys are used on while their address does not answer.
const STALE_SECONDS: i64 = 3600;

/// Which state of which client: every change of a client is a new one.
type Name = (idp_types::ClientId, Timestamp);

/// The keys of clients, by client and its last change.
pub(crate) struct KeySets {
    written: Cache<Name, Arc<JwkSet>>,
    fetched: Cache<Name, Arc<Mutex<Fetched>>>,
    clouds: Cache<&'static str, Arc<Mutex<Fetched>>>,
}

impl Default for KeySets {
    fn default() -> Self {
        Self {
            written: Cache::builder().max_capacity(ROOM).build(),
            fetched: Cache::builder().max_capacity(ROOM).build(),
            clouds: Cache::builder().max_capacity(ROOM).build(),
        }
    }
}

#[derive(Default)]
struct Fetched {
    keys: Arc<JwkSet>,
    /// When `keys` were received.
    received_at: Option<Timestamp>,
    /// When they were last asked for.
    asked_at: Option<Timestamp>,
}

impl Fetched {
    fn is_within(moment: Option<Timestamp>, seconds: i64, now: Timestamp) -> bool {
        moment.is_some_and(|moment| moment <= now && now < moment.plus_seconds(seconds))
    }

    fn is_due(&self, kid: Option<&str>, now: Timestamp) -> bool {
        let is_fresh = Self::is_within(self.received_at, FRESH_SECONDS, now);
        let is_known =
            kid.is_none_or(|kid| self.keys.keys().iter().any(|key| key.kid.as_deref() == Some(kid)));
        !(is_fresh && is_known || Self::is_within(self.asked_at, FLOOR_SECONDS, now))
    }
}

/// The keys of a client; none when it has none, or when they cannot be had.
pub(crate) async fn of_client(app: &App, client: &Client) -> Arc<JwkSet> {
    of_client_with(app, client, None).await
}

/// The same, where a key of this name is looked for: a client that rotated its key is asked for it at once.
pub(crate) async fn of_client_with(app: &App, client: &Client, kid: Option<&str>) -> Arc<JwkSet> {
    let name = (client.client_id.clone(), client.updated_at);
    if let Some(text) = &client.jwks {
        let parse = || JwkSet::parse(text.as_bytes(), JwkSet::LIMIT).unwrap_or_default();
        return app.oidc.key_sets.written.get_with(name, || Arc::new(parse()));
    }
    let Some(uri) = &client.jwks_uri else {
        return Arc::default();
    };
    let slot = app.oidc.key_sets.fetched.get_with(name, Arc::default);
    refreshed(app, &slot, (uri, client.client_id.as_str()), kid).await
}

/// Microsoft's keys of a cloud, as it publishes them.
pub(crate) async fn of_cloud(app: &App, cloud: Cloud, kid: &str) -> Arc<JwkSet> {
    let slot = app.oidc.key_sets.clouds.get_with(cloud.host(), Arc::default);
    let uri = cloud.key_set_uri();
    refreshed(app, &slot, (&uri, cloud.host()), Some(kid)).await
}

/// The keys behind an address, asked for when they are due.
async fn refreshed(
    app: &App,
    slot: &Mutex<Fetched>,
    (uri, whose): (&str, &str),
    kid: Option<&str>,
) -> Arc<JwkSet> {
    // One fetch at a time for an address; who waits takes what it brought.
    let mut slot = slot.lock().await;
    let now = app.now();
    if slot.is_due(kid, now) {
        slot.asked_at = Some(now);
        match fetch_json(app, uri, ANSWER_LIMIT).await {
            Ok(value) => {
                // What is not a key set is no key.
                slot.keys = Arc::new(JwkSet::from_value(&value).unwrap_or_default());
                slot.received_at = Some(now);
            }
            Err(error) => {
                tracing::warn!(whose, %error, "published keys cannot be fetched");
            }
        }
        if !Fetched::is_within(slot.received_at, STALE_SECONDS, now) {
            slot.keys = Arc::default();
        }
    }
    slot.keys.clone()
}
