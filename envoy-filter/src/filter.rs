//! The filter of one policy in one VM: strip what clients must not send, decide, apply; wait for documents where that can help.

use idp_jose::JwkSet;
use verdict::gate::Gate;
use verdict::policy::{Policy, VerifierChoice};
use verdict::token::Scheme;
use verdict::{Missing, Pass, Refusal, Request, Verdict, answer};

use crate::fetch::{Document, Kind, Published, Turn};
use crate::host::{Buffer, Headers, Host, Level};
use crate::metrics::{Gauges, Metrics};
use crate::pairs;
use crate::signature::{HostVerifier, OFFERED};

/// Milliseconds between two turns of the documents.
const WAKE: u32 = 100;
/// Requests that wait at once; more are answered at once.
const WAITING: usize = 1024;
/// Milliseconds that a request waits for a document.
const PATIENCE: i64 = 3000;
/// Bytes of a document.
const DOCUMENT_LIMIT: usize = 4 * 1024 * 1024;
/// Where routes say things to rules.
const METADATA: &str = "idp.gateway";

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on.
    Continue,
    /// It was answered, or it waits.
    Stop,
}

/// A filter.
pub struct Filter<H> {
    host: H,
    root: u32,
    gate: Gate,
    documents: Vec<Document>,
    waiting: Vec<Waiting>,
    metrics: Metrics,
    metadata: Vec<String>,
    refusals: u32,
}

struct Waiting {
    context: u32,
    until: i64,
}

impl<H: Host> Filter<H> {
    /// Reads the configuration of a root context. `None`, with a line in the log, when it is refused.
    pub fn configure(host: H, root: u32) -> Option<Self> {
        let text = host
            .buffer(Buffer::Configuration, DOCUMENT_LIMIT)
            .unwrap_or_default();
        let gate = match open(&text) {
            Ok(gate) => gate,
            Err(fault) => {
                host.log(Level::Error, &["the policy is refused: ", &fault].concat());
                return None;
            }
        };
        if gate.policy().verifier == VerifierChoice::Auto && !gate.keys().has_tables() {
            host.log(
                Level::Warn,
                "the self-test of the verification tables failed; the proxy checks signatures",
            );
        }
        let issuers = gate.policy().issuers.iter().enumerate();
        let documents = issuers.filter_map(|(number, issuer)| {
            let remote = issuer.jwks.as_ref()?;
            Some(Document::new(Kind::Keys(number), &remote.uri, remote))
        });
        let documents = documents.collect();
        host.wake_every(WAKE);
        let mut filter = Self {
            metrics: Metrics::define(&host),
            metadata: gate.policy().asks_metadata(),
            host,
            root,
            gate,
            documents,
            waiting: Vec::new(),
            refusals: 0,
        };
        filter.wake();
        Some(filter)
    }

    fn milliseconds(&self) -> i64 {
        i64::try_from(self.host.now() / 1_000_000).unwrap_or(i64::MAX)
    }

    /// A request came.
    pub fn on_request(&mut self, context: u32) -> Action {
        match self.decide() {
            Decision::Done(action) => action,
            Decision::Wait(missing, scheme) => {
                if self.waiting.len() < WAITING && self.is_worth_waiting(&missing) {
                    let until = self.milliseconds() + PATIENCE;
                    self.waiting.push(Waiting { context, until });
                    self.metrics.decided("waited");
                } else {
                    self.refuse(&missing.refusal(scheme), false);
                }
                Action::Stop
            }
        }
    }

    /// Decides and applies, unless something has to be fetched first.
    fn decide(&mut self) -> Decision {
        let Some(bytes) = self.host.headers(Headers::Request) else {
            return self.fail("the headers cannot be read");
        };
        let Some(pairs) = pairs::read(&bytes) else {
            return self.fail("the headers cannot be understood");
        };
        let facts = self.facts(&pairs);
        let Some(facts) = facts else {
            return self.fail("a header is not text");
        };
        let now = self.milliseconds() / 1000;
        let request = facts.request();
        let grpc = request.is_grpc();
        let verifier = HostVerifier {
            host: &self.host,
            choice: self.gate.policy().verifier,
        };
        let verdict = self.gate.decide(&request, now, &verifier);
        match verdict {
            Verdict::Pass(pass) => {
                self.pass(&pass);
                Decision::Done(Action::Continue)
            }
            Verdict::Refuse(refusal) => {
                self.refuse(&refusal, grpc);
                Decision::Done(Action::Stop)
            }
            Verdict::Wait(missing) => Decision::Wait(missing, Scheme::Bearer),
        }
    }

    /// Strips the reserved names, whatever the rule will be, and collects what is known of the request.
    fn facts<'a>(&self, pairs: &[(&'a [u8], &'a [u8])]) -> Option<Facts<'a>> {
        let mut facts = Facts::default();
        facts.headers.reserve(pairs.len());
        for (name, value) in pairs {
            let name = std::str::from_utf8(name).ok()?;
            if self.gate.policy().identity.is_reserved(name) {
                self.host.remove_header(name);
                continue;
            }
            let pseudo = match name {
                ":method" => &mut facts.method,
                ":scheme" => &mut facts.scheme,
                ":authority" => &mut facts.authority,
                ":path" => &mut facts.target,
                _ => {
                    facts.headers.push((name, *value));
                    continue;
                }
            };
            // What is not text matches no rule, and as a path it is ambiguous.
            *pseudo = std::str::from_utf8(value).unwrap_or("\u{fffd}");
        }
        self.properties(&mut facts);
        Some(facts)
    }

    fn properties(&self, facts: &mut Facts<'_>) {
        let text = |path: &[&str]| {
            self.host
                .property(path)
                .and_then(|bytes| String::from_utf8(bytes).ok())
        };
        let policy = self.gate.policy();
        if policy.certificates {
            facts.certificate = text(&["connection", "sha256_peer_certificate_digest"]);
        }
        if policy.asks_route() {
            facts.route = text(&["xds", "route_name"]);
        }
        for name in &self.metadata {
            let path = ["xds", "route_metadata", "filter_metadata", METADATA, name];
            if let Some(value) = text(&path) {
                facts.metadata.push((name.clone(), value));
            }
        }
    }

    fn pass(&mut self, pass: &Pass) {
        for (name, value) in &pass.changes {
            match value {
                Some(value) => self.host.set_header(name, value),
                None => self.host.remove_header(name),
            };
        }
        if let Some(access) = &pass.access {
            for (name, value) in &access.headers {
                self.host.set_header(name, value);
            }
            for (name, value) in &access.state {
                self.host.set_property(name, value.as_bytes());
            }
        }
        self.metrics.decided(pass.reason.code());
    }

    fn refuse(&mut self, refusal: &Refusal, grpc: bool) {
        let policy = self.gate.policy();
        let answer = answer(refusal, &policy.answers, grpc);
        let headers: Vec<(&str, &str)> = answer
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.host.respond(
            u32::from(answer.status),
            &headers,
            &answer.body,
            answer.grpc_status,
        );
        let code = refusal.reason.code();
        self.refusals = self.refusals.wrapping_add(1);
        if policy.log_every > 0 && self.refusals % policy.log_every == 1 % policy.log_every {
            let rule = refusal.rule.and_then(|index| policy.rules.get(index));
            let rule = rule.map_or("none", |rule| rule.name.as_str());
            self.host
                .log(Level::Info, &format!("refused: {code}, rule: {rule}"));
        }
        self.metrics.decided(code);
    }

    fn fail(&mut self, why: &str) -> Decision {
        self.host.log(Level::Warn, why);
        unavailable(&self.host);
        self.metrics.decided("failed");
        Decision::Done(Action::Stop)
    }

    /// Whether the document is on its way, or may be asked for.
    fn is_worth_waiting(&mut self, missing: &Missing) -> bool {
        let now = self.milliseconds();
        match missing {
            Missing::Keys { issuer, .. } => {
                let kind = Kind::Keys(*issuer);
                let document = self.documents.iter_mut().find(|document| document.kind == kind);
                document.is_some_and(|document| !document.is_failing() && document.hurry(now))
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
            if let Turn::Published(published) = document.turn(&self.host, now) {
                if self.take(document, &published) {
                    document.accepted(&self.host, &published, false);
                    changed = true;
                }
            }
            self.give_up_if_too_old(document, now);
        }
        self.documents = documents;
        if changed || self.waiting.iter().any(|waiting| waiting.until <= now) {
            self.look_again(now);
        }
        self.tell(now);
    }

    /// Beyond the bound, only the keys of the configuration are left.
    fn give_up_if_too_old(&mut self, document: &mut Document, now: i64) {
        let Kind::Keys(issuer) = document.kind else { return };
        if document.is_too_old(now) {
            document.drop_copy();
            self.gate.reset_keys(issuer);
            self.host
                .log(Level::Warn, "the keys of an issuer are too old to be used");
        }
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
            Kind::Status(issuer) => {
                let verifier = HostVerifier {
                    host: &self.host,
                    choice: self.gate.policy().verifier,
                };
                let seconds = published.fetched / 1000;
                let taken = self
                    .gate
                    .take_status(issuer, &document.uri, &published.body, seconds, &verifier);
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
                Decision::Wait(missing, scheme) => {
                    if now < waiting.until && self.is_under_way(&missing) {
                        self.waiting.push(waiting);
                    } else {
                        self.refuse(&missing.refusal(scheme), false);
                    }
                }
            }
        }
        self.host.enter(self.root);
    }

    /// Whether what is missing may still come: it was not fetched since somebody asked for it.
    fn is_under_way(&self, missing: &Missing) -> bool {
        let of = |document: &&Document| match missing {
            Missing::Keys { issuer, .. } => document.kind == Kind::Keys(*issuer),
            Missing::Status { uri, .. } => document.uri == *uri,
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

/// Reads a policy. What nobody here could verify is refused now and not with the first token.
fn open(text: &[u8]) -> Result<Gate, String> {
    let policy = Policy::parse(text).map_err(|error| error.to_string())?;
    let algorithms = policy.issuers.iter().flat_map(|issuer| &issuer.algorithms);
    for algorithm in algorithms {
        if !OFFERED.contains(algorithm) {
            return Err(format!("issuers: nothing in a proxy checks {algorithm}"));
        }
    }
    Gate::new(policy).map_err(|error| error.to_string())
}

/// The answer where nothing can be decided.
pub fn unavailable<H: Host>(host: &H) {
    let headers = [("content-type", "application/problem+json"), ("retry-after", "1")];
    let body =
        r#"{"type":"about:blank","title":"Service Unavailable","status":503,"code":"gateway_unavailable"}"#;
    host.respond(503, &headers, body, None);
}

enum Decision {
    Done(Action),
    Wait(Missing, Scheme),
}

/// What is known of a request, in the memory that it came in.
#[derive(Default)]
struct Facts<'a> {
    method: &'a str,
    scheme: &'a str,
    authority: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    route: Option<String>,
    certificate: Option<String>,
    metadata: Vec<(String, String)>,
}

impl Facts<'_> {
    fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            scheme: self.scheme,
            authority: self.authority,
            target: self.target,
            headers: &self.headers,
            route: self.route.as_deref(),
            metadata: &self.metadata,
            certificate: self.certificate.as_deref(),
        }
    }
}
