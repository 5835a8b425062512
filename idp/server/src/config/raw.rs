//! What may be written: the file's tables, each key with its documentation, range and default.
//!
//! The JSON schema is generated from these types and the file is checked against it, so a range stands here once.

mod attestation;
mod enrolment;
mod limits;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use attestation::{RawAndroidApp, RawAppleApp, RawAppleEnvironment, RawAttestation, RawLeastLevel};
pub use enrolment::{RawAdditionalDevices, RawAdmission, RawEnrolment, RawProof};
pub use limits::RawLimits;

/// The configuration of an IDToken Seal server.
///
/// Every key has a default except `issuer`. A variable of the environment overrides the file: `IDP_` and the key's path in
/// capitals, with two underscores between table and key (`IDP_LIMITS__INITIATE_PER_MINUTE=20`).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "IDToken Seal server")]
pub struct RawConfig {
    /// The public origin of this server: https, host and, if it is not 443, the port; no path, no trailing slash. It is in
    /// every token and signed string, so it cannot change later. http is accepted for this machine alone. Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub issuer: Option<String>,
    /// The address and port to listen on: in plain, for the reverse proxy that ends TLS, unless `[tls]` is set.
    pub listen: String,
    /// The directory of the database and, unless named otherwise, of the keys and trust lists.
    pub data_dir: String,
    /// The certificate, where no proxy ends TLS.
    pub tls: super::tls::RawTls,
    /// The reverse proxies in front of this server.
    pub proxies: super::proxies::RawProxies,
    /// Caps and rates. Each protects someone; raise one only for a reason.
    pub limits: RawLimits,
    /// How long the server waits for a connection.
    pub timeouts: RawTimeouts,
    /// Who may enrol a device.
    pub enrolment: RawEnrolment,
    /// Trust lists of seal issuers.
    pub trust: RawTrust,
    /// Private keys and their rotation.
    pub keys: RawKeys,
    /// Where data is kept.
    pub storage: super::storage::RawStorage,
    /// Issued tokens.
    pub tokens: RawTokens,
    /// The OpenID Provider.
    pub oidc: super::oidc::RawOidc,
    /// The providers that wake phones.
    pub push: super::push::RawPush,
    /// The answer for gateways that ask.
    pub gateway: super::gateway::RawGateway,
    /// The administration interface.
    pub admin: super::admin::RawAdmin,
    /// The browser's WebSocket.
    pub websocket: RawWebSocket,
    /// The audit chain.
    pub audit: RawAudit,
    /// The log.
    pub log: RawLog,
    /// Numbers for Prometheus.
    pub metrics: super::telemetry::RawMetrics,
    /// Spans for OpenTelemetry.
    pub traces: super::telemetry::RawTraces,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            issuer: None,
            listen: "127.0.0.1:8080".to_owned(),
            data_dir: "data".to_owned(),
            tls: super::tls::RawTls::default(),
            proxies: super::proxies::RawProxies::default(),
            limits: RawLimits::default(),
            timeouts: RawTimeouts::default(),
            enrolment: RawEnrolment::default(),
            trust: RawTrust::default(),
            keys: RawKeys::default(),
            storage: super::storage::RawStorage::default(),
            tokens: RawTokens::default(),
            oidc: super::oidc::RawOidc::default(),
            push: super::push::RawPush::default(),
            gateway: super::gateway::RawGateway::default(),
            admin: super::admin::RawAdmin::default(),
            websocket: RawWebSocket::default(),
            audit: RawAudit::default(),
            log: RawLog::default(),
            metrics: super::telemetry::RawMetrics::default(),
            traces: super::telemetry::RawTraces::default(),
        }
    }
}

/// `[timeouts]`: how long the server waits, in seconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTimeouts {
    /// From the connection to its first byte.
    #[schemars(range(min = 1, max = 60))]
    pub first_byte_seconds: u64,
    /// From a request's first byte to the end of its header.
    #[schemars(range(min = 1, max = 60))]
    pub header_seconds: u64,
    /// From the end of the header to the end of the body.
    #[schemars(range(min = 1, max = 300))]
    pub body_seconds: u64,
    /// Between two requests on one connection.
    #[schemars(range(min = 1, max = 600))]
    pub idle_seconds: u64,
    /// For requests in flight when the server stops.
    #[schemars(range(min = 1, max = 300))]
    pub drain_seconds: u64,
}

impl Default for RawTimeouts {
    fn default() -> Self {
        Self {
            first_byte_seconds: 10,
            header_seconds: 10,
            body_seconds: 10,
            idle_seconds: 75,
            drain_seconds: 10,
        }
    }
}

/// `[trust]`: trust lists of seal issuers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTrust {
    /// The directory of the anchors and lists; `trust` below `data_dir` unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub directory: Option<String>,
    /// How many seconds a list is still used after its own `nextUpdate`.
    #[schemars(range(min = 0, max = 604_800))]
    pub grace_seconds: i64,
    /// How often lists are read again, in seconds.
    #[schemars(range(min = 60, max = 3_600))]
    pub refresh_seconds: u64,
}

impl Default for RawTrust {
    fn default() -> Self {
        Self {
            directory: None,
            grace_seconds: 86_400,
            refresh_seconds: 3_600,
        }
    }
}

/// Where the sealed keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawKeyStore {
    /// In `keys.file`, for one instance.
    File,
    /// In the database, for all instances.
    Database,
}

/// `[keys]`: private keys and their rotation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawKeys {
    /// Where the sealed keys are kept: in the database where instances share one (`storage.database_url`), in `keys.file` otherwise. Keys of
    /// the file move to a database that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RawKeyStore")]
    pub store: Option<RawKeyStore>,
    /// The sealed file of private keys; `keys.sealed` below `data_dir` unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub file: Option<String>,
    /// The file of the key that seals them, readable by the server alone; `seal.key` below `data_dir` unless named. The
    /// variable `IDP_SEAL_KEY` (32 bytes, base64url) takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub seal_key_file: Option<String>,
    /// How many days a key signs.
    #[schemars(range(min = 1, max = 825))]
    pub rotate_days: u32,
    /// How many seconds a key is published before it signs: at least as long as relying parties cache the key set.
    #[schemars(range(min = 300, max = 604_800))]
    pub publish_ahead_seconds: i64,
    /// How many seconds a key stays published after it last signed: at least the longest token life and
    /// `publish_ahead_seconds`.
    #[schemars(range(min = 300, max = 2_592_000))]
    pub keep_after_seconds: i64,
    /// Keys in a PKCS#11 token.
    pub pkcs11: super::pkcs11::RawPkcs11,
}

impl Default for RawKeys {
    fn default() -> Self {
        Self {
            store: None,
            file: None,
            seal_key_file: None,
            rotate_days: 90,
            publish_ahead_seconds: 7_200,
            keep_after_seconds: 10_800,
            pkcs11: super::pkcs11::RawPkcs11::default(),
        }
    }
}

/// `[tokens]`: issued tokens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTokens {
    /// How many seconds a token is valid.
    #[schemars(range(min = 60, max = 86_400))]
    pub lifetime_seconds: i64,
    /// How many seconds relying parties may cache a status list: a revocation takes effect after it.
    #[schemars(range(min = 10, max = 3_600))]
    pub status_ttl_seconds: i64,
}

impl Default for RawTokens {
    fn default() -> Self {
        Self {
            lifetime_seconds: 3_600,
            status_ttl_seconds: 60,
        }
    }
}

/// `[websocket]`: the browser's WebSocket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawWebSocket {
    /// Whether the code is masked in the event `otp_ready`.
    pub mask_otp: bool,
    /// Seconds between two pings; two that stay unanswered close the socket.
    #[schemars(range(min = 5, max = 60))]
    pub ping_seconds: u64,
}

impl Default for RawWebSocket {
    fn default() -> Self {
        Self {
            mask_otp: false,
            ping_seconds: 25,
        }
    }
}

/// `[audit]`: the audit chain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawAudit {
    /// The name of this instance's chain: 1 to 32 of `a` to `z`, `0` to `9`, `-`. Two instances never share one.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,32}$"))]
    pub chain: String,
    /// Seconds between two signed checkpoints.
    #[schemars(range(min = 5, max = 3_600))]
    pub checkpoint_seconds: u64,
    /// A file to which checkpoints are also appended; put it on another disk or ship it elsewhere. None unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub checkpoint_file: Option<String>,
}

impl Default for RawAudit {
    fn default() -> Self {
        Self {
            chain: "main".to_owned(),
            checkpoint_seconds: 60,
            checkpoint_file: None,
        }
    }
}

/// `[log]`: the log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawLog {
    /// What is logged: a level, or directives such as `info,idp_server::edge=debug`. `info,access=off` leaves out the line of each request.
    pub filter: String,
    /// One JSON object a line in place of text.
    pub json: bool,
}

impl Default for RawLog {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: false,
        }
    }
}
