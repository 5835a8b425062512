//! The filter of one policy in one VM: strip what clients must not send, decide, apply; wait for documents where that can help.

mod documents;
mod facts;

use verdict::gate::Gate;
use verdict::policy::{Policy, VerifierChoice};
use verdict::token::{Confirmation, DpopFault, Scheme};
use verdict::{Context, Missing, Pass, Reason, Refusal, Request, Verdict, answer};

use crate::fetch::{Document, Kind};
use crate::host::{Buffer, Headers, Host, Level};
use crate::metrics::Metrics;
use crate::pairs;
use crate::proofs::{self, Use};
use crate::signature::{HostVerifier, OFFERED};

/// Milliseconds between two turns of the documents.
const WAKE: u32 = 100;
/// Requests that wait at once; more are answered at once.
const WAITING: usize = 1024;
/// Milliseconds that a request waits for a document.
const PATIENCE: i64 = 3000;
/// Bytes of a document.
const DOCUMENT_LIMIT: usize = 4 * 1024 * 1024;

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
    asks_route: bool,
    metadata: Vec<String>,
    refusals: u32,
}

struct Waiting {
    context: u32,
    until: i64,
    missing: Missing,
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
        let remote = gate.policy().deny_remote.as_ref();
        let deny = remote.map(|remote| Document::new(Kind::Deny, &remote.uri, remote));
        let documents = documents.chain(deny).collect();
        host.wake_every(WAKE);
        let mut filter = Self {
            metrics: Metrics::define(&host),
            asks_route: gate.policy().asks_route(),
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
            Decision::Wait(missing, grpc) => {
                if self.waiting.len() < WAITING && self.is_worth_waiting(&missing) {
                    let until = self.milliseconds() + PATIENCE;
                    self.waiting.push(Waiting {
                        context,
                        until,
                        missing,
                    });
                    self.metrics.decided("waited");
                } else {
                    self.refuse(&missing.refusal(), grpc);
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
        let context = Context {
            now,
            verifier: &verifier,
        };
        let verdict = self.gate.decide(&request, context);
        match verdict {
            Verdict::Pass(pass) => {
                if let Some(fault) = self.repetition(&pass, &request, now) {
                    self.refuse(&fault, grpc);
                    return Decision::Done(Action::Stop);
                }
                self.pass(&pass);
                Decision::Done(Action::Continue)
            }
            Verdict::Refuse(refusal) => {
                self.refuse(&refusal, grpc);
                Decision::Done(Action::Stop)
            }
            Verdict::Wait(missing) => Decision::Wait(missing, grpc),
        }
    }

    /// Why a proof of possession does not pass that another worker may have seen.
    fn repetition(&self, pass: &Pass, request: &Request<'_>, now: i64) -> Option<Refusal> {
        let access = pass.access.as_ref()?;
        if !matches!(access.confirmation, Confirmation::Key(_)) {
            return None;
        }
        let used = verdict::proofs::name(request).map(|name| proofs::consume(&self.host, &name, now));
        let fault = match used {
            Some(Use::First) => return None,
            Some(Use::Again) => DpopFault::Replayed,
            Some(Use::Unknown) | None => DpopFault::Overloaded,
        };
        Some(Refusal {
            reason: Reason::Proof(fault),
            rule: None,
            scheme: Scheme::Dpop,
            scope: None,
        })
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

/// The truth value: whether the caller speaks gRPC.
enum Decision {
    Done(Action),
    Wait(Missing, bool),
}
