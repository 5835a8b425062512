//! Documents take their turns, and requests that waited for them are decided.

use idp_jose::JwkSet;
use verdict::policy::DenyLists;
use verdict::{Context, Missing};

use super::{Action, DOCUMENT_LIMIT, Decision, Filter, Waiting};
use crate::fetch::{Document, Kind, Published, Turn};
use crate::host::{Buffer, Headers, Host, Level};
use crate::metrics::Gauges;
use crate::pairs;
use crate::signature::HostVerifier;

impl<H: Host> Filter<H> {
    /// Whether the document is on its way, or may be asked for.
    pub(super) fn is_worth_waiting(&mut self, missing: &Missing) -> bool {
        let now = self.milliseconds();
        match missing {
            Missing::Keys { issuer, .. } => {
                let kind = Kind::Keys(*issuer);
                let document = self.documents.iter_mut().find(|document| document.kind == kind);
                document.is_some_and(|document| {
                    !document.is_failing() && (document.is_new() || document.hurry(now))
                })
            }
            Missing::Deny => {
                let mut documents = self.documents.iter();
                let document = documents.find(|document| document.kind == Kind::Deny);
                document.is_some_and(|document| !document.is_failing() && document.is_new())
            }
            Missing::Status { issuer, uri } => {
                if let Some(document) = self.documents.iter_mut().find(|document| document.uri == *uri) {
                    return !document.is_failing() && document.is_new();
                }
                let described = self.gate.policy().issuers.get(*issuer);
                let Some(status) = described.and_then(|issuer| issuer.status.as_ref()) else {
                    return false;
                };
                // Addresses come from tokens that were verified, so that nobody else makes the list grow.
                self.documents
                    .push(Document::new(Kind::Status(*issuer), uri, &status.lists));
                true
            }
        }
    }

    /// The clock: documents take their turns, counters are told, requests that waited are looked at.
    pub fn wake(&mut self) {
        let now = self.milliseconds();
        let mut documents = std::mem::take(&mut self.documents);
        let mut changed = false;
        for document in &mut documents {
            if let Turn::Published(published) = document.turn(&self.host, now)
                && self.take(document, &published)
            {
                document.accepted(&self.host, &published, false);
                changed = true;
            }
            self.give_up_if_too_old(document, now);
        }
        self.documents = documents;
        if changed || self.waiting.iter().any(|waiting| waiting.until <= now) {
            self.look_again(now);
        }
        self.tell(now);
    }

    /// Beyond the bound, only the keys of the configuration are left, and nobody knows who is not denied.
    fn give_up_if_too_old(&mut self, document: &mut Document, now: i64) {
        if !document.is_too_old(now) {
            return;
        }
        let what = match document.kind {
            Kind::Keys(issuer) => {
                self.gate.reset_keys(issuer);
                "the keys of an issuer are too old to be used"
            }
            Kind::Deny => {
                self.gate.lose_deny();
                "the deny lists are too old to be believed"
            }
            Kind::Status(_) => return,
        };
        document.drop_copy();
        self.host.log(Level::Warn, what);
    }

    /// The answer to a call came.
    pub fn on_answer(&mut self, call: u32) {
        let now = self.milliseconds();
        let mut documents = std::mem::take(&mut self.documents);
        if let Some(document) = documents.iter_mut().find(|document| document.awaits(call)) {
            document.answered();
            let succeeded = self.read_answer(document, now);
            self.metrics.fetched(succeeded);
            if !succeeded {
                document.failed(&self.host, now);
                self.host.log(
                    Level::Warn,
                    &["no acceptable answer from ", &document.uri].concat(),
                );
            }
        }
        self.documents = documents;
        self.look_again(now);
    }

    /// The status is looked at before anything is replaced.
    fn read_answer(&mut self, document: &mut Document, now: i64) -> bool {
        let bytes = self.host.headers(Headers::CallResponse).unwrap_or_default();
        let pairs = pairs::read(&bytes).unwrap_or_default();
        let header = |name: &str| {
            let found = pairs.iter().find(|(known, _)| *known == name.as_bytes());
            found.and_then(|(_, value)| std::str::from_utf8(value).ok())
        };
        let life = document.life(header("cache-control"));
        match header(":status") {
            Some("304") if !document.is_new() => {
                document.confirmed(&self.host, now, life);
                true
            }
            Some("200") => {
                let published = Published {
                    fetched: now,
                    life,
                    etag: header("etag").unwrap_or_default().to_owned(),
                    body: self
                        .host
                        .buffer(Buffer::CallResponse, DOCUMENT_LIMIT)
                        .unwrap_or_default(),
                };
                let taken = self.take(document, &published);
                if taken {
                    document.accepted(&self.host, &published, true);
                }
                taken
            }
            _ => false,
        }
    }

    /// Reads a document and lets the gate have it. Whether it was acceptable.
    fn take(&mut self, document: &Document, published: &Published) -> bool {
        match document.kind {
            Kind::Keys(issuer) => match JwkSet::parse(&published.body, JwkSet::LIMIT) {
                Ok(set) if !set.keys().is_empty() => {
                    self.gate.take_keys(issuer, &set);
                    true
                }
                _ => false,
            },
            Kind::Deny => {
                let lists = DenyLists::parse(&published.body);
                lists.map(|lists| self.gate.take_deny(lists)).is_ok()
            }
            Kind::Status(issuer) => {
                let verifier = HostVerifier {
                    host: &self.host,
                    choice: self.gate.policy().verifier,
                };
                let context = Context {
                    now: published.fetched / 1000,
                    verifier: &verifier,
                };
                let taken = self
                    .gate
                    .take_status(issuer, &document.uri, &published.body, context);
                taken.is_ok()
            }
        }
    }

    /// Decides again on requests that waited; those whose document failed or whose time is over are answered.
    fn look_again(&mut self, now: i64) {
        for waiting in std::mem::take(&mut self.waiting) {
            if !self.host.enter(waiting.context) {
                continue;
            }
            match self.decide() {
                Decision::Done(Action::Continue) => {
                    self.host.resume();
                }
                Decision::Done(Action::Stop) => {}
                Decision::Wait(missing, grpc) => self.wait_longer(&waiting, missing, grpc, now),
            }
        }
        self.host.enter(self.root);
    }

    /// What is missing may be something else by now: first the keys, then the list.
    fn wait_longer(&mut self, waiting: &Waiting, missing: Missing, grpc: bool, now: i64) {
        let is_hopeful = if missing == waiting.missing {
            self.is_under_way(&missing)
        } else {
            self.is_worth_waiting(&missing)
        };
        if is_hopeful && now < waiting.until {
            self.waiting.push(Waiting { missing, ..*waiting });
        } else {
            self.refuse(&missing.refusal(), grpc);
        }
    }

    /// Whether what is missing may still come: it was not fetched since somebody asked for it.
    fn is_under_way(&self, missing: &Missing) -> bool {
        let of = |document: &&Document| match missing {
            Missing::Keys { issuer, .. } => document.kind == Kind::Keys(*issuer),
            Missing::Status { uri, .. } => document.uri == *uri,
            Missing::Deny => document.kind == Kind::Deny,
        };
        let document = self.documents.iter().find(of);
        document.is_some_and(|document| !document.is_failing() && document.is_pending())
    }

    fn tell(&mut self, now: i64) {
        let oldest = |keys: bool| {
            let chosen = self
                .documents
                .iter()
                .filter(|document| matches!(document.kind, Kind::Keys(_)) == keys);
            let oldest = chosen.filter_map(|document| document.age(now)).max();
            oldest.and_then(|age| u64::try_from(age).ok()).unwrap_or(0)
        };
        let gauges = Gauges {
            cache_bytes: u64::try_from(self.gate.cache().bytes()).unwrap_or(0),
            key_age: oldest(true),
            list_age: oldest(false),
        };
        self.metrics.tell(&self.host, self.gate.hits(), gauges);
    }
}
