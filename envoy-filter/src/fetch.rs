//! Key sets and status lists from the identity provider.
//!
//! Every worker has a VM of its own, and all of them need the same documents. Whoever takes the lease in the shared data fetches; the others
//! read what it published. An answer counts only when its status is 200 and the document was read and accepted; until then, and while the
//! provider is out of order, the last good one serves for as long as the policy says.

use crate::host::{Call, Host};
use verdict::policy::{Remote, split_address};

/// The shortest and the longest time between two attempts that fail.
const BACKOFF_FIRST: i64 = 1000;
const BACKOFF_MOST: i64 = 60_000;
/// How often one who does not fetch looks whether the other has.
const POLL: i64 = 100;
/// What the lease has beyond the call's own timeout.
const LEASE_MARGIN: i64 = 500;

/// What a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The key set of the issuer with this number.
    Keys(usize),
    /// A status list of the issuer with this number.
    Status(usize),
    /// The deny lists.
    Deny,
}

/// A document that is fetched again and again. Times are milliseconds since the Unix epoch.
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its address.
    pub uri: String,
    remote: Remote,
    due: i64,
    /// When the copy in use was fetched.
    fetched: Option<i64>,
    etag: String,
    call: Option<u32>,
    failures: u32,
    hurried: i64,
    /// Somebody waits for a newer copy.
    wanted: bool,
}

/// A document as it was published for all workers.
pub struct Published {
    /// When it was fetched.
    pub fetched: i64,
    /// Milliseconds until it is to be fetched again.
    pub life: i64,
    /// Its version.
    pub etag: String,
    /// Itself.
    pub body: Vec<u8>,
}

/// What the turn of a document brought.
pub enum Turn {
    /// Nothing to do.
    Idle,
    /// Another worker fetched it.
    Published(Published),
}

impl Document {
    /// A document that is due now.
    pub fn new(kind: Kind, uri: &str, remote: &Remote) -> Self {
        Self {
            kind,
            uri: uri.to_owned(),
            remote: remote.clone(),
            due: 0,
            fetched: None,
            etag: String::new(),
            call: None,
            failures: 0,
            hurried: i64::MIN,
            wanted: false,
        }
    }

    /// Whether this call is for it.
    pub fn awaits(&self, call: u32) -> bool {
        self.call == Some(call)
    }

    /// Seconds since the copy in use was fetched.
    pub fn age(&self, now: i64) -> Option<i64> {
        self.fetched.map(|fetched| now.saturating_sub(fetched) / 1000)
    }

    /// Whether the copy in use is older than the policy lets it serve.
    pub fn is_too_old(&self, now: i64) -> bool {
        self.fetched
            .is_some_and(|fetched| self.would_be_too_old(fetched, now))
    }

    fn would_be_too_old(&self, fetched: i64, now: i64) -> bool {
        now.saturating_sub(fetched) > self.remote.max_stale.max(self.remote.refresh) * 1000
    }

    /// The copy in use is given up.
    pub fn drop_copy(&mut self) {
        self.fetched = None;
        self.etag.clear();
    }

    /// Somebody needs what the copy in use does not have. Whether it is worth waiting: a fetch is under way or allowed.
    pub fn hurry(&mut self, now: i64) -> bool {
        if self.call.is_some() || self.wanted {
            return true;
        }
        let floor = self.remote.unknown_key_floor * 1000;
        if now < self.hurried.saturating_add(floor) {
            return false;
        }
        self.hurried = now;
        self.wanted = true;
        self.due = now;
        true
    }

    /// Whether it was never fetched: then waiting does not depend on the floor.
    pub const fn is_new(&self) -> bool {
        self.fetched.is_none()
    }

    /// Whether it is being fetched, or about to be.
    pub const fn is_pending(&self) -> bool {
        self.call.is_some() || self.fetched.is_none() || self.wanted
    }

    /// Whether the last attempt failed.
    pub const fn is_failing(&self) -> bool {
        self.failures > 0 && self.call.is_none()
    }

    /// Its turn: reads what another worker published, or fetches.
    pub fn turn<H: Host>(&mut self, host: &H, now: i64) -> Turn {
        if self.call.is_some() || now < self.due {
            return Turn::Idle;
        }
        let published = host
            .shared(&self.name("document"))
            .and_then(|(bytes, _)| Published::read(&bytes));
        if let Some(published) = published.filter(|one| self.is_better(one.fetched, now)) {
            self.due = now + POLL;
            return Turn::Published(published);
        }
        self.due = now + POLL;
        if self.take_lease(host, now) {
            self.fetch(host, now);
        }
        Turn::Idle
    }

    fn is_better(&self, fetched: i64, now: i64) -> bool {
        self.fetched.is_none_or(|held| fetched > held) && !self.would_be_too_old(fetched, now)
    }

    /// The lease is a time until which nobody else fetches; whoever writes over the version that it read has it.
    fn take_lease<H: Host>(&self, host: &H, now: i64) -> bool {
        let name = self.name("lease");
        let (held_until, version) = match host.shared(&name) {
            Some((bytes, version)) => (bytes.try_into().map_or(0, i64::from_le_bytes), version),
            None => (0, 0),
        };
        let until = now + i64::from(self.remote.timeout_ms) + LEASE_MARGIN;
        now >= held_until && host.share(&name, &until.to_le_bytes(), version)
    }

    fn fetch<H: Host>(&mut self, host: &H, now: i64) {
        let Some((scheme, authority, path)) = split_address(&self.uri) else {
            return;
        };
        let accept = match self.kind {
            Kind::Keys(_) => "application/jwk-set+json, application/json",
            Kind::Status(_) => "application/statuslist+jwt",
            Kind::Deny => "application/json",
        };
        let mut headers = vec![
            (":method", "GET"),
            (":scheme", scheme),
            (":authority", authority),
            (":path", path),
            ("accept", accept),
            ("user-agent", "idtoken-seal-gateway"),
        ];
        if !self.etag.is_empty() {
            headers.push(("if-none-match", &self.etag));
        }
        self.call = host.call(&Call {
            cluster: &self.remote.cluster,
            headers: &headers,
            timeout: self.remote.timeout_ms,
        });
        if self.call.is_none() {
            self.failed(host, now);
        }
    }

    /// The answer to its call came.
    pub const fn answered(&mut self) {
        self.call = None;
    }

    /// The document was accepted: it is in use, and published unless it came from there.
    pub fn accepted<H: Host>(&mut self, host: &H, published: &Published, here: bool) {
        self.failures = 0;
        self.fetched = Some(published.fetched);
        self.etag.clone_from(&published.etag);
        // What was published before somebody began to wait is not what is waited for.
        self.wanted &= published.fetched < self.hurried;
        if !self.wanted {
            self.due = published.fetched.saturating_add(published.life);
        }
        if here {
            host.share(&self.name("document"), &published.write(), 0);
            host.share(&self.name("lease"), &0_i64.to_le_bytes(), 0);
        }
    }

    /// The copy in use is still the newest.
    pub fn confirmed<H: Host>(&mut self, host: &H, now: i64, life: i64) {
        let held = host
            .shared(&self.name("document"))
            .and_then(|(bytes, _)| Published::read(&bytes));
        let Some(mut published) = held.filter(|held| held.etag == self.etag) else {
            self.etag.clear();
            self.failed(host, now);
            return;
        };
        published.fetched = now;
        published.life = life;
        self.accepted(host, &published, true);
    }

    /// It was not had. The next attempt comes later each time, and not when others make theirs.
    pub fn failed<H: Host>(&mut self, host: &H, now: i64) {
        let most = BACKOFF_FIRST << self.failures.min(6);
        self.failures = self.failures.saturating_add(1);
        let most = most.min(BACKOFF_MOST);
        self.wanted = false;
        let jitter = i64::try_from(host.now() / 1000 % 1000).unwrap_or(0);
        self.due = now + most / 2 + most * jitter / 2000;
        host.share(&self.name("lease"), &self.due.to_le_bytes(), 0);
    }

    /// The refresh time, where the answer says nothing better, in milliseconds.
    pub fn life(&self, cache_control: Option<&str>) -> i64 {
        let said = cache_control.and_then(max_age);
        let refresh = self.remote.refresh;
        let life = said.map_or(refresh, |said| said.clamp(1, refresh)) * 1000;
        match self.kind {
            Kind::Keys(_) | Kind::Deny => life,
            // The publisher itself may be half a life behind, and a whole one is what was promised.
            Kind::Status(_) => life / 2,
        }
    }

    fn name(&self, what: &str) -> String {
        [what, " ", &self.uri].concat()
    }
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1); `no-store` and `no-cache` count as one second.
fn max_age(value: &str) -> Option<i64> {
    value
        .split(',')
        .map(str::trim)
        .find_map(|directive| match directive.split_once('=') {
            Some((name, seconds)) if name.eq_ignore_ascii_case("max-age") => {
                seconds.trim_matches('"').parse().ok()
            }
            None if directive.eq_ignore_ascii_case("no-store")
                || directive.eq_ignore_ascii_case("no-cache") =>
            {
                Some(1)
            }
            _ => None,
        })
}

impl Published {
    fn write(&self) -> Vec<u8> {
        let etag = self.etag.as_bytes();
        let length = u32::try_from(etag.len()).unwrap_or(0);
        [
            &self.fetched.to_le_bytes()[..],
            &self.life.to_le_bytes(),
            &length.to_le_bytes(),
            etag,
            &self.body,
        ]
        .concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (fetched, rest) = bytes.split_first_chunk::<8>()?;
        let (life, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (etag, body) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        Some(Self {
            fetched: i64::from_le_bytes(*fetched),
            life: i64::from_le_bytes(*life),
            etag: std::str::from_utf8(etag).ok()?.to_owned(),
            body: body.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_published_is_read() {
        let published = Published {
            fetched: 1_700_000_000_000,
            life: 60_000,
            etag: "\"a\"".to_owned(),
            body: b"{}".to_vec(),
        };
        let bytes = published.write();
        let read = Published::read(&bytes).unwrap();
        assert_eq!(
            (read.fetched, read.life, read.etag, read.body),
            (1_700_000_000_000, 60_000, "\"a\"".to_owned(), b"{}".to_vec())
        );
        assert!((0..23).all(|length| Published::read(&bytes[..length]).is_none()));
    }

    #[test]
    fn the_answer_says_how_long_it_lives() {
        assert_eq!(max_age("public, max-age=60"), Some(60));
        assert_eq!(max_age("Max-Age=\"5\""), Some(5));
        assert_eq!(max_age("no-store"), Some(1));
        assert_eq!(max_age("private"), None);
        assert_eq!(max_age("max-age=x"), None);
    }
}
