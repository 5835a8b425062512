//! Configuration: a TOML file and the environment become one [`Config`], or every reason why they cannot, at once.
//!
//! Three steps, each a type: [`raw`] is what may be written (and the source of the JSON schema), `shape` checks what was
//! written against that schema, `resolve` turns it into [`Config`], what it means. Nothing below this module reads a file,
//! a variable or a default.
//!
//! | what | module | tests |
//! |---|---|---|
//! | keys, their documentation, ranges and defaults | [`raw`] | `tests::keys` |
//! | unknown keys, types, ranges; nearest key | `shape` | `tests::mistakes` |
//! | `IDP_LIMITS__INITIATE_PER_MINUTE=20` over the file | `environment` | `tests::sources` |
//! | the issuer is an origin (profile 8; RFC 8414 section 2) | `issuer` | `issuer::tests` |
//! | where data is kept; `DATABASE_URL`, `REDIS_URL` | `storage`, `environment` | `tests::keys`, `tests::sources` |
//! | apps that may vouch for keys, and the vendors' files (profile 2) | `attestation` | `attestation_tests` |
//! | the answer for gateways that ask | `gateway` | `tests::keys`, `tests/tests/forward_auth.rs` |
//! | providers that wake phones | `push` | `push_tests`, `tests::keys` |
//! | what changes without a restart | `fixed` | `tests/tests/reload.rs` |
//! | what operators see | `telemetry` | `telemetry::tests`, `tests::keys` |
//! | rules between keys, defaults that depend on others, the demo | `resolve` | `tests::mistakes::rules_*`, `tests::keys` |

mod admin;
mod attestation;
#[cfg(test)]
mod attestation_tests;
mod entra;
mod environment;
mod error;
mod fixed;
mod gateway;
mod issuer;
mod oidc;
mod pkcs11;
mod proxies;
mod push;
#[cfg(test)]
mod push_tests;
pub mod raw;
mod resolve;
mod resolved;
mod shape;
mod storage;
mod telemetry;
#[cfg(test)]
mod tests;
mod tls;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml::{Table, Value};

use self::environment::Environment;
use self::raw::RawConfig;
use self::shape::Shape;

pub use admin::{AdminConfig, RawAdmin};
pub use attestation::{AndroidAttestation, AppleAttestation, AttestationConfig};
pub use entra::{EntraConfig, RawEntra};
pub use error::{ConfigError, ConfigErrors};
pub use gateway::{GatewayConfig, RawGateway};
pub use issuer::issuer;
pub use oidc::{OidcConfig, RawOidc};
pub use pkcs11::{Pin, Pkcs11Config, RawPkcs11};
pub use proxies::{ProxiesConfig, RawForwardedHeader, RawProxies};
pub use push::{
    ApnsConfig, FcmConfig, PushConfig, RawApns, RawApnsEnvironment, RawFcm, RawPush, RawPushType, RawWebPush,
    WebPushConfig,
};
pub use resolved::{
    AuditConfig, Config, EnrolmentConfig, KeyStore, KeysConfig, Limits, LogConfig, SealKeySource, Timeouts,
    TokensConfig, TrustConfig, WebSocketConfig,
};
pub use storage::{DatabaseConfig, RawSecret, RawStorage, RedisConfig, StorageConfig};
pub use telemetry::{MetricsConfig, RawMetrics, RawTraces, TracesConfig};
pub use tls::{ClientCertificates, RawTls, TlsConfig};

/// The longest configuration that is read, in bytes.
pub const FILE_LIMIT: usize = 65_536;

/// Reads the file, if there is one, lays the environment over it, and looks whether the vendors' files that it names can be used.
///
/// # Errors
/// [`ConfigErrors`]: everything that is wrong, not only the first of it.
pub fn load(
    path: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigErrors> {
    let text = match path {
        Some(path) => read(path)?,
        None => String::new(),
    };
    let config = parse(&text, environment)?;
    let mut errors = config.enrolment.attestation.check_files();
    errors.extend(check_push(&config));
    errors.extend(check_policy(&config));
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(ConfigErrors::new(errors))
    }
}

/// Reads the files of `[push]`, to tell what is wrong with them.
fn check_push(config: &Config) -> Option<ConfigError> {
    let error = crate::push::Configured::open(config).err()?;
    Some(ConfigError::new(
        error.key,
        error.problem,
        "name a file of its kind that the server may read",
    ))
}

/// Reads the policy of `[gateway]`, to tell what is wrong with it.
fn check_policy(config: &Config) -> Option<ConfigError> {
    let error = crate::gateway::Decider::open(config).err()?;
    let fix = "correct the place that is named; `idp gateway check --policy FILE` tells the same";
    Some(ConfigError::new("gateway.policy_file", error.0, fix))
}

/// What the text means with the environment laid over it. Pure: touches no file.
///
/// # Errors
/// [`ConfigErrors`]: everything that is wrong, not only the first of it.
pub fn parse(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigErrors> {
    let mut table = document(text)?;
    let shape = Shape::of(&schema());
    let mut errors = shape.check(&mut table);
    let overlay = Environment::of(environment, &shape);
    overlay.lay_over(&mut table);
    let (seal_key, refused) = overlay.take_errors();
    errors.extend(refused);
    let mut later = shape.check(&mut table);
    match deserialise(table) {
        Ok(raw) => match resolve::resolve(raw, seal_key) {
            Ok(config) if errors.is_empty() && later.is_empty() => return Ok(config),
            Ok(_) => {}
            Err(refused) => later.extend(refused),
        },
        Err(error) => later.push(error),
    }
    overlay.name_sources(&mut later);
    errors.extend(later);
    Err(ConfigErrors::new(errors))
}

/// The JSON schema (draft 2020-12) of the file: every key with its documentation, range and default.
pub fn schema() -> serde_json::Value {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<RawConfig>()
        .to_value()
}

/// Entry for the fuzz targets: must not panic, whatever the bytes.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (variable, rest) = text.split_once('\n').unwrap_or(("", &text));
    let variable = variable
        .split_once('=')
        .map(|(name, value)| (format!("IDP_{name}"), value.to_owned()));
    drop(parse(rest, variable));
}

fn read(path: &Path) -> Result<String, ConfigErrors> {
    let unreadable = |problem: String, fix: &str| {
        ConfigErrors::from(ConfigError::new(&path.display().to_string(), problem, fix))
    };
    let mut text = String::new();
    let limit = u64::try_from(FILE_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(limit).read_to_string(&mut text))
        .map_err(|error| {
            unreadable(
                format!("cannot be read: {error}"),
                "name a readable file of UTF-8 text",
            )
        })?;
    Ok(text)
}

fn document(text: &str) -> Result<Table, ConfigErrors> {
    if text.len() > FILE_LIMIT {
        let problem = format!("is longer than {FILE_LIMIT} bytes");
        return Err(ConfigError::new("the file", problem, "remove what is not configuration").into());
    }
    text.parse::<Table>().map_err(|error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        // The parser's message names tokens, never the line's content.
        let problem = format!("is not TOML: {}", error.message());
        ConfigError::new(
            &format!("line {line}"),
            problem,
            "write `key = value` below a `[table]`",
        )
        .into()
    })
}

/// Cannot fail after [`Shape::check`] except where the schema and the types disagree, and then it still names the key.
fn deserialise(table: Table) -> Result<RawConfig, ConfigError> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let key = error.path().to_string();
        ConfigError::new(
            &key,
            "has a value of the wrong kind",
            "write what `idp config schema` says for it",
        )
    })
}
