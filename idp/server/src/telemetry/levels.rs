//! The metrics that are read when somebody asks for them, and not counted as things happen.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::metrics::{OutcomeLabels, add};

/// A number that may have fractions.
pub(super) type Level = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DependencyLabels {
    dependency: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabels {
    part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurposeLabels {
    purpose: &'static str,
}

/// What is read when somebody asks for the numbers.
pub(super) struct Levels {
    pub(super) sessions: Level,
    pub(super) websockets: Level,
    pub(super) connections_open: Level,
    connections: Family<OutcomeLabels, Counter>,
    circuit_open: Family<DependencyLabels, Level>,
    parts_troubled: Family<PartLabels, Level>,
    key_age: Family<PurposeLabels, Level>,
    key_next: Family<PurposeLabels, Level>,
    pub(super) trust_age: Level,
    pub(super) trust_next: Level,
    pub(super) status_age: Level,
    pub(super) outbox_depth: Level,
    pub(super) outbox_age: Level,
    pub(super) providers: Level,
    pub(super) providers_ended: Level,
    pub(super) provider_certificate: Level,
    pub(super) push_queue: Level,
    pub(super) writer_queue: Level,
    pub(super) writer_batches: Counter,
    pub(super) writer_commits: Counter,
    pub(super) restart_needed: Level,
    pub(super) memory: Level,
    pub(super) descriptors: Level,
    pub(super) processor: Counter<f64, AtomicU64>,
    pub(super) started: Level,
}

impl Levels {
    #[expect(clippy::too_many_lines, reason = "a table: one entry a metric")]
    pub(super) fn new(all: &mut Registry) -> Self {
        Self {
            sessions: add(
                all,
                "idp_sessions_open",
                "Sessions begun here whose time is not over",
                Level::default(),
            ),
            websockets: add(
                all,
                "idp_websockets_open",
                "WebSockets of waiting browsers",
                Level::default(),
            ),
            connections_open: add(
                all,
                "idp_connections_open",
                "Connections, WebSockets included",
                Level::default(),
            ),
            connections: add(
                all,
                "idp_connections",
                "Connections by how they began or ended",
                Family::default(),
            ),
            circuit_open: add(
                all,
                "idp_circuit_open",
                "1 while a dependency is left alone because it fails",
                Family::default(),
            ),
            parts_troubled: add(
                all,
                "idp_part_troubled",
                "1 while a part is named at /health/ready",
                Family::default(),
            ),
            key_age: add(
                all,
                "idp_key_age_seconds",
                "Seconds since the active key of a purpose began to sign",
                Family::default(),
            ),
            key_next: add(
                all,
                "idp_key_next_rotation_timestamp_seconds",
                "When the active key of a purpose is due to be replaced",
                Family::default(),
            ),
            trust_age: add(
                all,
                "idp_trust_list_age_seconds",
                "Seconds since the oldest trust list was issued",
                Level::default(),
            ),
            trust_next: add(
                all,
                "idp_trust_list_next_update_timestamp_seconds",
                "When the first trust list has to be renewed",
                Level::default(),
            ),
            status_age: add(
                all,
                "idp_status_list_age_seconds",
                "Seconds since the oldest published status list was made",
                Level::default(),
            ),
            outbox_depth: add(
                all,
                "idp_outbox_due",
                "Logouts that clients are owed and that are due",
                Level::default(),
            ),
            outbox_age: add(
                all,
                "idp_outbox_oldest_seconds",
                "Seconds for which the oldest of them has been due",
                Level::default(),
            ),
            providers: add(
                all,
                "idp_saml_service_providers",
                "Registered SAML service providers",
                Level::default(),
            ),
            providers_ended: add(
                all,
                "idp_saml_metadata_ended",
                "Service providers whose metadata has ended, so that nobody is logged in there",
                Level::default(),
            ),
            provider_certificate: add(
                all,
                "idp_saml_certificate_next_expiry_timestamp_seconds",
                "When the first certificate of a service provider ends; 0 where there is none",
                Level::default(),
            ),
            push_queue: add(
                all,
                "idp_push_queue",
                "Pushes that wait or are on their way",
                Level::default(),
            ),
            writer_queue: add(
                all,
                "idp_store_writer_queue",
                "Commits that wait for the writer",
                Level::default(),
            ),
            writer_batches: add(
                all,
                "idp_store_writer_batches",
                "Transactions of the writer",
                Counter::default(),
            ),
            writer_commits: add(
                all,
                "idp_store_writer_commits",
                "Commits in them",
                Counter::default(),
            ),
            restart_needed: add(
                all,
                "idp_config_restart_needed",
                "1 while the file says what only a restart can change",
                Level::default(),
            ),
            memory: add(
                all,
                "process_resident_memory_bytes",
                "Resident memory",
                Level::default(),
            ),
            descriptors: add(all, "process_open_fds", "Open file descriptors", Level::default()),
            processor: add(
                all,
                "process_cpu_seconds",
                "Processor time, user and system",
                Counter::default(),
            ),
            started: add(
                all,
                "process_start_time_seconds",
                "When the server started",
                Level::default(),
            ),
        }
    }

    pub(super) fn connections(&self, outcome: &'static str, count: u64) {
        let counter = self.connections.get_or_create_owned(&OutcomeLabels { outcome });
        counter.inner().store(count, Ordering::Relaxed);
    }

    pub(super) fn circuit(&self, dependency: &'static str, is_open: bool) {
        let level = self.circuit_open.get_or_create(&DependencyLabels { dependency });
        level.set(f64::from(u8::from(is_open)));
    }

    /// A part that was troubled once keeps its series, so that its alert ends.
    pub(super) fn part(&self, part: &'static str, is_troubled: bool) {
        let level = self.parts_troubled.get_or_create_owned(&PartLabels { part });
        level.set(f64::from(u8::from(is_troubled)));
    }

    pub(super) fn key(&self, purpose: &'static str, age: f64, next: f64) {
        let labels = PurposeLabels { purpose };
        self.key_age.get_or_create(&labels).set(age);
        self.key_next.get_or_create(&labels).set(next);
    }
}
