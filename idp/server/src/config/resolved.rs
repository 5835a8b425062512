//! What the configuration means: typed, complete, checked.

use std::net::SocketAddr;
use std::path::PathBuf;

use idp_core::enrolment::EnrolmentPolicy;
use idp_core::keys::RotationPolicy;
use idp_types::Secret;

use super::AttestationConfig;

/// Everything that the server is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The public origin: no path, no trailing slash.
    pub issuer: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The directory of the database.
    pub data_dir: PathBuf,
    /// Whether this is the demo, with its own trust scheme, pages and phone. No file and no variable can say so.
    pub demo: bool,
    /// The certificate, where TLS ends here.
    pub tls: Option<super::TlsConfig>,
    /// The proxies in front.
    pub proxies: super::ProxiesConfig,
    /// Caps and rates.
    pub limits: Limits,
    /// How long to wait for a connection.
    pub timeouts: Timeouts,
    /// Who may enrol.
    pub enrolment: EnrolmentConfig,
    /// Trust lists.
    pub trust: TrustConfig,
    /// Private keys.
    pub keys: KeysConfig,
    /// Where data is kept.
    pub storage: super::StorageConfig,
    /// Issued tokens.
    pub tokens: TokensConfig,
    /// The OpenID Provider.
    pub oidc: super::OidcConfig,
    /// The providers that wake phones.
    pub push: super::PushConfig,
    /// The answer for gateways that ask.
    pub gateway: super::GatewayConfig,
    /// The administration interface.
    pub admin: super::AdminConfig,
    /// The browser's WebSocket.
    pub websocket: WebSocketConfig,
    /// The audit chain.
    pub audit: AuditConfig,
    /// The log.
    pub log: LogConfig,
    /// Numbers for Prometheus.
    pub metrics: super::MetricsConfig,
    /// Spans for OpenTelemetry.
    pub traces: super::TracesConfig,
}

/// Caps and rates; each field is the key of the same name, documented in [`RawLimits`](super::raw::RawLimits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field is the documented key of the same name in `raw::RawLimits`"
)]
pub struct Limits {
    pub max_connections: usize,
    pub max_connections_per_address: usize,
    pub max_sessions: usize,
    pub initiate_per_minute: u32,
    pub enroll_per_hour: u32,
    pub challenge_per_minute: u32,
    pub admin_per_minute: u32,
    pub service_per_minute: u32,
    pub verify_failures_per_minute: u32,
    pub register_per_minute: u32,
    pub register_failures_per_minute: u32,
    pub device_requests_per_minute: u32,
    pub pushes_since_success: u32,
    pub body_bytes: usize,
}

/// How long to wait, in seconds; each field is the key of the same name, documented in [`RawTimeouts`](super::raw::RawTimeouts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field is the documented key of the same name in `raw::RawTimeouts`"
)]
pub struct Timeouts {
    pub first_byte_seconds: u64,
    pub header_seconds: u64,
    pub body_seconds: u64,
    pub idle_seconds: u64,
    pub drain_seconds: u64,
}

/// Who may enrol (profile 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentConfig {
    /// What the engine enforces.
    pub policy: EnrolmentPolicy,
    /// Which apps may vouch for the keys that they enrol.
    pub attestation: AttestationConfig,
}

/// Trust lists (profile 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustConfig {
    /// Where anchors and lists are.
    pub directory: PathBuf,
    /// Seconds that a list is used after its `nextUpdate`.
    pub grace_seconds: i64,
    /// Seconds between two readings.
    pub refresh_seconds: u64,
}

/// Private keys (profile 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysConfig {
    /// Where the sealed keys are kept; where the rest is unless said.
    pub store: Option<KeyStore>,
    /// The sealed file.
    pub file: PathBuf,
    /// What opens it.
    pub seal_key: SealKeySource,
    /// Days that a key signs.
    pub rotate_days: u32,
    /// The dates of a rotation.
    pub rotation: RotationPolicy,
    /// The token that makes and keeps some of them.
    pub pkcs11: Option<super::Pkcs11Config>,
}

/// Where the sealed keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStore {
    /// In a file of this instance.
    File,
    /// In the database of all instances.
    Database,
}

impl Config {
    /// Where the sealed keys are kept: in the database where instances share one, unless it is said.
    pub fn key_store(&self) -> KeyStore {
        let usual = match &self.storage.database {
            Some(_) => KeyStore::Database,
            None => KeyStore::File,
        };
        self.keys.store.unwrap_or(usual)
    }
}

/// Where the key that seals the key file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealKeySource {
    /// A file that only the server may read.
    File(PathBuf),
    /// The variable `IDP_SEAL_KEY`, already decoded.
    Environment(Secret<32>),
    /// Beside the keys, sealed by a key of the PKCS#11 token.
    Token {
        /// The label of that key.
        label: String,
        /// Where it is kept, unless the keys are in the database.
        file: PathBuf,
    },
}

/// Issued tokens (profile 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokensConfig {
    /// Seconds from `iat` to `exp`.
    pub lifetime_seconds: i64,
    /// The `ttl` of status lists, in seconds.
    pub status_ttl_seconds: i64,
}

/// The browser's WebSocket (profile 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSocketConfig {
    /// Whether `otp_ready` masks the code.
    pub mask_otp: bool,
    /// Seconds between pings.
    pub ping_seconds: u64,
}

/// The audit chain (profile 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditConfig {
    /// This instance's chain.
    pub chain: String,
    /// Seconds between signed checkpoints.
    pub checkpoint_seconds: u64,
    /// A second place for checkpoints; there is no default that would be a second place.
    pub checkpoint_file: Option<PathBuf>,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// Directives that [`EnvFilter`](tracing_subscriber::EnvFilter) has already accepted.
    pub filter: String,
    /// JSON lines in place of text.
    pub json: bool,
}
