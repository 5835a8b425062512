//! Every metric with its name, help and labels. `docs/metrics.md` says what each is good for; a test holds the two together.
//!
//! Labels are words of this program and matched routes, never anything that a request brings: the number of series is bounded by the
//! program, whoever asks. There is no label for clients: a registration that anybody may make would make series.

use idp_core::approval::{Purpose, Session, Status};
use idp_types::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::deadlines::Deadlines;
use super::levels::{Level, Levels};

/// Seconds that requests and stores take.
const FAST: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Seconds that people take: a login ends after a minute, a QR after four.
const PATIENT: [f64; 14] = [
    0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 240.0,
];

/// Timings, all of one family of buckets.
type Timings<L> = Family<L, Histogram, fn() -> Histogram>;

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct AnswerLabels {
    pub(super) method: &'static str,
    pub(super) route: String,
    pub(super) status: u16,
}

/// A route, by method.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RouteLabels {
    pub(super) method: &'static str,
    pub(super) route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    protocol: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProtocolLabels {
    protocol: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PushLabels {
    provider: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GrantLabels {
    grant: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    engine: &'static str,
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabels {
    pub(super) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VersionLabels {
    version: &'static str,
}

/// How far a login is. Each stage is timed from the beginning of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A phone of the person was shown the question.
    Notified,
    /// An approval came with the right signature and code.
    Compared,
    /// It is committed.
    Approved,
    /// The browser or service has the result.
    Delivered,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Notified, Self::Compared, Self::Approved, Self::Delivered];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Notified => "notified",
            Self::Compared => "compared",
            Self::Approved => "approved",
            Self::Delivered => "delivered",
        }
    }
}

/// The protocol of a session, as a label: the engine does not know who asked, only how.
const fn protocol(session: &Session) -> &'static str {
    match session.purpose {
        Purpose::Login => "direct",
        Purpose::Protocol { .. } => "federated",
        Purpose::Verify => "verify",
        Purpose::EnrolDevice { .. } => "enrol_device",
        Purpose::Supersede { .. } => "supersede",
    }
}

const PROTOCOLS: [&str; 5] = ["direct", "federated", "verify", "enrol_device", "supersede"];

const fn outcome(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Approved => "approved",
        Status::Rejected => "rejected",
        Status::Expired => "expired",
        Status::Interrupted => "interrupted",
    }
}

/// How one operation of a store is measured.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) seconds: Histogram,
    pub(crate) errors: Counter,
}

/// The numbers of one server.
pub struct Metrics {
    registry: Registry,
    pub(super) requests: Family<AnswerLabels, Counter>,
    pub(super) request_seconds: Timings<RouteLabels>,
    begun: Family<ProtocolLabels, Counter>,
    logins: Family<LoginLabels, Counter>,
    stages: [Histogram; 4],
    pushes: Family<PushLabels, Counter>,
    grants: Family<GrantLabels, Counter>,
    operation_seconds: Timings<OperationLabels>,
    operation_errors: Family<OperationLabels, Counter>,
    reloads: Family<OutcomeLabels, Counter>,
    refreshes: Family<OutcomeLabels, Counter>,
    pub(super) levels: Levels,
    pub(super) deadlines: Deadlines,
}

/// Adds a metric under its name.
pub(super) fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn fast() -> Histogram {
    Histogram::new(FAST)
}

impl Default for Metrics {
    #[expect(clippy::too_many_lines, reason = "a table: one entry a metric")]
    fn default() -> Self {
        let mut registry = Registry::default();
        let all = &mut registry;
        let build = add(
            all,
            "idp_build_info",
            "The version that runs",
            Family::<VersionLabels, Level>::default(),
        );
        let version = env!("CARGO_PKG_VERSION");
        build.get_or_create(&VersionLabels { version }).set(1.0);
        let stages = add(
            all,
            "idp_login_stage_seconds",
            "Seconds from the beginning of a login to each of its stages",
            Timings::<StageLabels>::new_with_constructor(|| Histogram::new(PATIENT)),
        );
        let metrics = Self {
            requests: add(
                all,
                "idp_http_requests",
                "Requests by method, matched route and status",
                Family::default(),
            ),
            request_seconds: add(
                all,
                "idp_http_request_duration_seconds",
                "Seconds from a request's header to its answer's",
                Timings::new_with_constructor(fast),
            ),
            begun: add(
                all,
                "idp_logins_begun",
                "Sessions that began here",
                Family::default(),
            ),
            logins: add(
                all,
                "idp_logins",
                "Sessions that ended here, by how",
                Family::default(),
            ),
            stages: Stage::ALL.map(|stage| {
                let stage = stage.as_str();
                stages.get_or_create_owned(&StageLabels { stage })
            }),
            pushes: add(
                all,
                "idp_push",
                "Pushes by provider and what came of them",
                Family::default(),
            ),
            grants: add(
                all,
                "idp_oidc_grants",
                "Answers of the token endpoint, by grant",
                Family::default(),
            ),
            operation_seconds: add(
                all,
                "idp_store_operation_seconds",
                "Seconds that an operation of a store took",
                Timings::new_with_constructor(fast),
            ),
            operation_errors: add(
                all,
                "idp_store_errors",
                "Operations that a store could not do, refused ones of an open circuit included",
                Family::default(),
            ),
            reloads: add(
                all,
                "idp_config_reloads",
                "Times that the configuration was read again",
                Family::default(),
            ),
            refreshes: add(
                all,
                "idp_saml_metadata_refreshes",
                "Times that the metadata of a service provider was read again",
                Family::default(),
            ),
            levels: Levels::new(all),
            deadlines: Deadlines::default(),
            registry,
        };
        metrics.begin_at_zero();
        metrics
    }
}

impl Metrics {
    /// Series that alerts ask for are there before their first event: an absent one would hide the first.
    fn begin_at_zero(&self) {
        for protocol in PROTOCOLS {
            drop(self.begun.get_or_create(&ProtocolLabels { protocol }));
            for outcome in ["approved", "rejected", "expired"] {
                drop(self.logins.get_or_create(&LoginLabels { protocol, outcome }));
            }
        }
        for provider in ["fcm", "apns", "webpush"] {
            for outcome in ["delivered", "unavailable"] {
                drop(self.pushes.get_or_create(&PushLabels { provider, outcome }));
            }
        }
        for outcome in ["changed", "unchanged", "failed"] {
            drop(self.refreshes.get_or_create(&OutcomeLabels { outcome }));
        }
        for outcome in ["done", "refused"] {
            drop(self.reloads.get_or_create(&OutcomeLabels { outcome }));
        }
    }

    /// Everything, in the text form of OpenMetrics 1.0.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }

    /// Counts a session that begins.
    pub(crate) fn login_began(&self, session: &Session, now: Timestamp) {
        self.deadlines.add(now, session.expires_at);
        let protocol = protocol(session);
        self.begun.get_or_create(&ProtocolLabels { protocol }).inc();
    }

    /// Counts a session that ended.
    pub(crate) fn login_ended(&self, session: &Session, status: Status) {
        let labels = LoginLabels {
            protocol: protocol(session),
            outcome: outcome(status),
        };
        self.logins.get_or_create(&labels).inc();
    }

    /// Times a stage of a login, from the beginning of its session.
    pub(crate) fn login_reached(&self, stage: Stage, session: &Session, now: Timestamp) {
        let millis = u32::try_from(now.millis_since(session.created_at)).unwrap_or(0);
        let [notified, compared, approved, delivered] = &self.stages;
        let timings = match stage {
            Stage::Notified => notified,
            Stage::Compared => compared,
            Stage::Approved => approved,
            Stage::Delivered => delivered,
        };
        timings.observe(f64::from(millis) / 1000.0);
    }

    /// Counts a push.
    pub(crate) fn pushed(&self, provider: &'static str, outcome: &'static str) {
        self.pushes.get_or_create(&PushLabels { provider, outcome }).inc();
    }

    /// Counts an answer of the token endpoint.
    pub(crate) fn granted(&self, grant: &'static str, is_granted: bool) {
        let outcome = if is_granted { "issued" } else { "refused" };
        self.grants.get_or_create(&GrantLabels { grant, outcome }).inc();
    }

    /// Counts a reload of the configuration.
    pub(crate) fn reloaded(&self, is_done: bool) {
        let outcome = if is_done { "done" } else { "refused" };
        self.reloads.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a reading of a service provider's metadata.
    pub(crate) fn metadata_refreshed(&self, outcome: &'static str) {
        self.refreshes.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// The measures of one operation, looked up once.
    pub(crate) fn operation(&self, engine: &'static str, operation: &'static str) -> Operation {
        let labels = OperationLabels { engine, operation };
        Operation {
            seconds: self.operation_seconds.get_or_create_owned(&labels),
            errors: self.operation_errors.get_or_create_owned(&labels),
        }
    }
}
