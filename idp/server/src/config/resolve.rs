//! From what was written to what it means.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use idp_core::enrolment::{AdditionalDevices, AdmissionPolicy, EnrolmentPolicy};
use idp_core::keys::RotationPolicy;
use idp_types::Secret;
use tracing_subscriber::EnvFilter;

use super::issuer::issuer;
use super::raw::{
    RawAdditionalDevices, RawAdmission, RawAttestation, RawAudit, RawConfig, RawEnrolment, RawKeyStore,
    RawKeys, RawLimits, RawLog, RawProof, RawTimeouts, RawTokens, RawTrust, RawWebSocket,
};
use super::{
    AttestationConfig, AuditConfig, Config, ConfigError, EnrolmentConfig, KeyStore, KeysConfig, Limits,
    LogConfig, SealKeySource, Timeouts, TokensConfig, TrustConfig, WebSocketConfig,
};

const SECONDS_PER_DAY: i64 = 86_400;

impl Config {
    /// The demo's: whoever shows a seal of the demo's own scheme enrols, the face is vouched for (profile 4.1, which its pages
    /// say), and the rates suit someone who tries everything twice.
    pub fn demo(issuer: String, listen: SocketAddr, data_dir: PathBuf) -> Self {
        let mut errors = Vec::new();
        let raw = RawConfig::default();
        let limits = RawLimits {
            initiate_per_minute: 60,
            enroll_per_hour: 100,
            pushes_since_success: 100,
            ..raw.limits
        };
        let enrolment = RawEnrolment {
            proof: RawProof::Required,
            admission: RawAdmission::Open,
            additional_devices: RawAdditionalDevices::Approve,
            face_vouched: true,
            attestation: RawAttestation::default(),
        };
        Self {
            demo: true,
            tls: None,
            proxies: super::ProxiesConfig::default(),
            limits: Limits::of(limits),
            timeouts: Timeouts::of(raw.timeouts),
            enrolment: EnrolmentConfig::of(enrolment, &mut errors),
            trust: TrustConfig::of(raw.trust, &data_dir, &mut errors),
            keys: KeysConfig::of(raw.keys, None, &data_dir, &mut errors),
            storage: super::StorageConfig::default(),
            tokens: TokensConfig::of(raw.tokens),
            oidc: super::OidcConfig::of(raw.oidc, &mut errors),
            push: super::PushConfig::of(raw.push, &mut errors),
            gateway: super::GatewayConfig::default(),
            admin: raw.admin,
            websocket: WebSocketConfig::of(raw.websocket),
            audit: AuditConfig::of(raw.audit, &mut errors),
            log: LogConfig::of(raw.log, &mut errors),
            metrics: super::MetricsConfig::default(),
            traces: super::TracesConfig::default(),
            issuer,
            listen,
            data_dir,
        }
    }
}

fn missing() -> ConfigError {
    let fix = "write the public origin, such as `https://login.example.com`";
    ConfigError::new("issuer", "is missing", fix)
}

fn not_an_address() -> ConfigError {
    let fix = "write an address and a port, such as `127.0.0.1:8080` or `[::]:8080`";
    ConfigError::new("listen", "is not an IP address with a port", fix)
}

/// What `raw` means. Ranges were checked against the schema; here are the rules that a schema cannot say.
pub(super) fn resolve(raw: RawConfig, seal_key: Option<Secret<32>>) -> Result<Config, Vec<ConfigError>> {
    let mut errors = between_keys(&raw);
    let data_dir = path("data_dir", raw.data_dir, &mut errors);
    let issuer = raw.issuer.as_deref().map_or_else(|| Err(missing()), issuer);
    let issuer = issuer.map_err(|error| errors.push(error));
    let listen = raw.listen.parse().map_err(|_| errors.push(not_an_address()));
    let enrolment = EnrolmentConfig::of(raw.enrolment, &mut errors);
    let trust = TrustConfig::of(raw.trust, &data_dir, &mut errors);
    let keys = KeysConfig::of(raw.keys, seal_key, &data_dir, &mut errors);
    let storage = super::StorageConfig::of(raw.storage, &mut errors);
    let oidc = super::OidcConfig::of(raw.oidc, &mut errors);
    let push = super::PushConfig::of(raw.push, &mut errors);
    let gateway = super::GatewayConfig::of(raw.gateway, &mut errors);
    let tls = super::TlsConfig::of(raw.tls, &mut errors);
    let proxies = super::ProxiesConfig::of(&raw.proxies, &mut errors);
    let audit = AuditConfig::of(raw.audit, &mut errors);
    let log = LogConfig::of(raw.log, &mut errors);
    let (metrics, traces) = super::telemetry::of(&raw.metrics, raw.traces, &mut errors);
    match (issuer, listen) {
        (Ok(issuer), Ok(listen)) if errors.is_empty() => Ok(Config {
            issuer,
            listen,
            data_dir,
            demo: false,
            tls,
            proxies,
            limits: Limits::of(raw.limits),
            timeouts: Timeouts::of(raw.timeouts),
            enrolment,
            trust,
            keys,
            storage,
            tokens: TokensConfig::of(raw.tokens),
            oidc,
            push,
            gateway,
            admin: raw.admin,
            websocket: WebSocketConfig::of(raw.websocket),
            audit,
            log,
            metrics,
            traces,
        }),
        _ => Err(errors),
    }
}

fn between_keys(raw: &RawConfig) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut require = |holds: bool, key: &str, problem: String, fix: String| {
        if !holds {
            errors.push(ConfigError::new(key, problem, fix));
        }
    };
    let (each, all) = (raw.limits.max_connections_per_address, raw.limits.max_connections);
    require(
        each <= all,
        "limits.max_connections_per_address",
        format!("is {each}, above limits.max_connections"),
        format!("write at most {all}, or raise limits.max_connections"),
    );
    let (ahead, keep) = (raw.keys.publish_ahead_seconds, raw.keys.keep_after_seconds);
    let least = raw.tokens.lifetime_seconds.saturating_add(ahead);
    require(
        keep >= least,
        "keys.keep_after_seconds",
        format!("is {keep}: a key would disappear before its last token, or a cache of the key set, expires"),
        format!("write at least {least} (tokens.lifetime_seconds and keys.publish_ahead_seconds together)"),
    );
    let signing = i64::from(raw.keys.rotate_days).saturating_mul(SECONDS_PER_DAY);
    require(
        ahead < signing,
        "keys.publish_ahead_seconds",
        format!("is {ahead}, as long as a key signs"),
        format!("write less than {signing}, or raise keys.rotate_days"),
    );
    errors
}

pub(super) fn path(key: &str, text: String, errors: &mut Vec<ConfigError>) -> PathBuf {
    if text.is_empty() || text.contains('\0') {
        let problem = if text.is_empty() {
            "is empty"
        } else {
            "contains a NUL character"
        };
        errors.push(ConfigError::new(key, problem, "write a path"));
    }
    PathBuf::from(text)
}

fn path_or(key: &str, text: Option<String>, default: PathBuf, errors: &mut Vec<ConfigError>) -> PathBuf {
    text.map_or(default, |text| path(key, text, errors))
}

impl Limits {
    fn of(raw: RawLimits) -> Self {
        Self {
            max_connections: raw.max_connections,
            max_connections_per_address: raw.max_connections_per_address,
            max_sessions: raw.max_sessions,
            initiate_per_minute: raw.initiate_per_minute,
            enroll_per_hour: raw.enroll_per_hour,
            challenge_per_minute: raw.challenge_per_minute,
            admin_per_minute: raw.admin_per_minute,
            service_per_minute: raw.service_per_minute,
            verify_failures_per_minute: raw.verify_failures_per_minute,
            register_per_minute: raw.register_per_minute,
            register_failures_per_minute: raw.register_failures_per_minute,
            device_requests_per_minute: raw.device_requests_per_minute,
            pushes_since_success: raw.pushes_since_success,
            body_bytes: raw.body_bytes,
        }
    }
}

impl Timeouts {
    fn of(raw: RawTimeouts) -> Self {
        Self {
            first_byte_seconds: raw.first_byte_seconds,
            header_seconds: raw.header_seconds,
            body_seconds: raw.body_seconds,
            idle_seconds: raw.idle_seconds,
            drain_seconds: raw.drain_seconds,
        }
    }
}

impl EnrolmentConfig {
    fn of(raw: RawEnrolment, errors: &mut Vec<ConfigError>) -> Self {
        let attestation = AttestationConfig::of(raw.attestation, errors);
        let admission = match raw.admission {
            RawAdmission::Open => AdmissionPolicy::Open,
            RawAdmission::Code => AdmissionPolicy::Code,
            RawAdmission::Attested => AdmissionPolicy::Attested,
        };
        if admission == AdmissionPolicy::Attested && attestation.is_empty() {
            errors.push(ConfigError::new(
                "enrolment.admission",
                "is \"attested\", and no app may vouch for a key",
                "name an app below `[[enrolment.attestation.android]]` or `[[enrolment.attestation.apple]]`",
            ));
        }
        let additional_devices = match raw.additional_devices {
            RawAdditionalDevices::Approve => AdditionalDevices::Approve,
            RawAdditionalDevices::Open => AdditionalDevices::Open,
            RawAdditionalDevices::Deny => AdditionalDevices::Deny,
        };
        let proof_required = match raw.proof {
            RawProof::Required => true,
            RawProof::Optional => false,
        };
        let face_vouched = raw.face_vouched;
        Self {
            policy: EnrolmentPolicy {
                proof_required,
                admission,
                additional_devices,
                face_vouched,
            },
            attestation,
        }
    }
}

impl TrustConfig {
    fn of(raw: RawTrust, data_dir: &Path, errors: &mut Vec<ConfigError>) -> Self {
        Self {
            directory: path_or("trust.directory", raw.directory, data_dir.join("trust"), errors),
            grace_seconds: raw.grace_seconds,
            refresh_seconds: raw.refresh_seconds,
        }
    }
}

impl KeysConfig {
    fn of(
        raw: RawKeys,
        seal_key: Option<Secret<32>>,
        data_dir: &Path,
        errors: &mut Vec<ConfigError>,
    ) -> Self {
        let seal_key_file = path_or(
            "keys.seal_key_file",
            raw.seal_key_file,
            data_dir.join("seal.key"),
            errors,
        );
        let store = raw.store.map(|store| match store {
            RawKeyStore::File => KeyStore::File,
            RawKeyStore::Database => KeyStore::Database,
        });
        if raw.pkcs11.seal_key.is_some() && seal_key.is_some() {
            let problem = "is set, and so is IDP_SEAL_KEY";
            errors.push(ConfigError::new(
                "keys.pkcs11.seal_key",
                problem,
                "unset one of them",
            ));
        }
        let seal_key = match (raw.pkcs11.seal_key.clone(), seal_key) {
            (Some(label), _) => SealKeySource::Token {
                label,
                file: seal_key_file,
            },
            (None, Some(key)) => SealKeySource::Environment(key),
            (None, None) => SealKeySource::File(seal_key_file),
        };
        Self {
            pkcs11: super::Pkcs11Config::of(raw.pkcs11, errors),
            store,
            file: path_or("keys.file", raw.file, data_dir.join("keys.sealed"), errors),
            seal_key,
            rotate_days: raw.rotate_days,
            rotation: RotationPolicy {
                publish_ahead: raw.publish_ahead_seconds,
                keep_after: raw.keep_after_seconds,
            },
        }
    }
}

impl TokensConfig {
    fn of(raw: RawTokens) -> Self {
        Self {
            lifetime_seconds: raw.lifetime_seconds,
            status_ttl_seconds: raw.status_ttl_seconds,
        }
    }
}

impl WebSocketConfig {
    fn of(raw: RawWebSocket) -> Self {
        Self {
            mask_otp: raw.mask_otp,
            ping_seconds: raw.ping_seconds,
        }
    }
}

impl AuditConfig {
    fn of(raw: RawAudit, errors: &mut Vec<ConfigError>) -> Self {
        let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=32).contains(&raw.chain.len()) || !raw.chain.bytes().all(permitted) {
            let fix = "write 1 to 32 of a to z, 0 to 9 and -, such as `main`";
            errors.push(ConfigError::new("audit.chain", "is not a chain's name", fix));
        }
        let checkpoint_file = raw
            .checkpoint_file
            .map(|text| path("audit.checkpoint_file", text, errors));
        Self {
            chain: raw.chain,
            checkpoint_seconds: raw.checkpoint_seconds,
            checkpoint_file,
        }
    }
}

impl LogConfig {
    fn of(raw: RawLog, errors: &mut Vec<ConfigError>) -> Self {
        if EnvFilter::try_new(&raw.filter).is_err() {
            let fix = "write a level (`error`, `warn`, `info`, `debug`, `trace`) or directives such as \
                       `info,idp_server::edge=debug`";
            errors.push(ConfigError::new(
                "log.filter",
                "is not a list of log directives",
                fix,
            ));
        }
        Self {
            filter: raw.filter,
            json: raw.json,
        }
    }
}
