//! `[storage]`: where data is kept that instances share.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use idp_store_postgres::{DatabaseUrl, UrlError};
use idp_store_redis::{Address, FORMS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resolve::path;
use super::{ConfigError, ConfigErrors};

/// `[storage]`: where data is kept. One instance needs nothing of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawStorage {
    /// The PostgreSQL that instances share, for what must never be lost: `postgres://user:password@host/database`, with `?sslmode=` where a
    /// server on another host is not to be asked for TLS with a certificate of the system's roots. The variable `DATABASE_URL` takes its
    /// place. A SQLite file in the data directory unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub database_url: Option<RawSecret>,
    /// Connections of an instance that read from PostgreSQL. Two more write and listen.
    #[schemars(range(min = 1, max = 100))]
    pub database_readers: u32,
    /// How long PostgreSQL may take for a statement, in milliseconds; then a login is told to try again.
    #[schemars(range(min = 200, max = 60_000))]
    pub database_statement_milliseconds: u64,
    /// The Redis that instances share, for what is pending: `redis://`, `redis+sentinel://` or `redis+cluster://`, with `rediss` for TLS.
    /// The variable `REDIS_URL` takes its place. In this process's memory unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub redis_url: Option<RawSecret>,
    /// The certificates that Redis's own has to lead to, PEM; those of the system unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub redis_ca_file: Option<String>,
    /// What every name in Redis begins with: 1 to 32 of `a` to `z`, `0` to `9`, `-`. Installations on one Redis have different ones.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,32}$"))]
    pub redis_prefix: String,
    /// How long it may take to connect to Redis, in milliseconds.
    #[schemars(range(min = 100, max = 30_000))]
    pub redis_connect_milliseconds: u64,
    /// How long Redis may take to answer, in milliseconds; then a login is told to try again.
    #[schemars(range(min = 50, max = 10_000))]
    pub redis_response_milliseconds: u64,
}

impl Default for RawStorage {
    fn default() -> Self {
        Self {
            database_url: None,
            database_readers: 8,
            database_statement_milliseconds: 5_000,
            redis_url: None,
            redis_ca_file: None,
            redis_prefix: "idp".to_owned(),
            redis_connect_milliseconds: 2_000,
            redis_response_milliseconds: 1_000,
        }
    }
}

/// Text with a secret in it, such as a URL with a password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawSecret(pub String);

impl fmt::Debug for RawSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawSecret(..)")
    }
}

/// Where data is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageConfig {
    /// The PostgreSQL for what must never be lost; a SQLite file in the data directory if absent.
    pub database: Option<DatabaseConfig>,
    /// The Redis for what is pending; this process's memory if absent.
    pub redis: Option<RedisConfig>,
}

/// A PostgreSQL, and how to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Where it is. Its `Debug` shows no password.
    pub url: DatabaseUrl,
    /// Connections that read.
    pub readers: u32,
    /// How long a statement may take.
    pub patience: Duration,
}

/// A Redis, and how to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// Where it is. Its `Debug` shows no password.
    pub address: Address,
    /// The certificates that its own has to lead to, PEM.
    pub ca_file: Option<PathBuf>,
    /// What every name begins with.
    pub prefix: String,
    /// How long it may take to connect.
    pub connect: Duration,
    /// How long it may take to answer.
    pub response: Duration,
}

impl StorageConfig {
    /// What the table means.
    pub(super) fn of(raw: RawStorage, errors: &mut Vec<ConfigError>) -> Self {
        Self {
            database: DatabaseConfig::of(&raw, errors),
            redis: RedisConfig::of(raw, errors),
        }
    }
}

impl DatabaseConfig {
    /// One server, with what holds unless written.
    ///
    /// # Errors
    /// [`ConfigErrors`] when it is no address of PostgreSQL.
    pub fn at(url: &str) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let raw = RawStorage {
            database_url: Some(RawSecret(url.to_owned())),
            ..RawStorage::default()
        };
        let database = Self::of(&raw, &mut errors);
        database.ok_or_else(|| ConfigErrors::new(errors))
    }

    fn of(raw: &RawStorage, errors: &mut Vec<ConfigError>) -> Option<Self> {
        let url = raw.database_url.as_ref()?.0.parse();
        let refuse = |error: UrlError| {
            let fix = "write `postgres://user:password@host/database`";
            errors.push(ConfigError::new("storage.database_url", error.to_string(), fix));
        };
        Some(Self {
            url: url.map_err(refuse).ok()?,
            readers: raw.database_readers,
            patience: Duration::from_millis(raw.database_statement_milliseconds),
        })
    }
}

impl RedisConfig {
    /// One server, with what holds unless written.
    ///
    /// # Errors
    /// [`ConfigErrors`] when it is no address of Redis.
    pub fn at(url: &str) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let raw = RawStorage {
            redis_url: Some(RawSecret(url.to_owned())),
            ..RawStorage::default()
        };
        let redis = Self::of(raw, &mut errors);
        redis.ok_or_else(|| ConfigErrors::new(errors))
    }

    fn of(raw: RawStorage, errors: &mut Vec<ConfigError>) -> Option<Self> {
        let mut refuse =
            |key: &str, problem: String, fix: String| errors.push(ConfigError::new(key, problem, fix));
        let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let prefix = raw.redis_prefix;
        if !(1..=32).contains(&prefix.len()) || !prefix.bytes().all(permitted) {
            let fix = "write 1 to 32 of a to z, 0 to 9 and -, such as `idp`";
            refuse(
                "storage.redis_prefix",
                "is not a prefix".to_owned(),
                fix.to_owned(),
            );
        }
        let address = raw.redis_url.map(|url| Address::parse(&url.0)).transpose();
        let address = address.unwrap_or_else(|error| {
            refuse("storage.redis_url", error.to_string(), format!("write {FORMS}"));
            None
        });
        let encrypted = address.as_ref().is_none_or(Address::is_encrypted);
        if raw.redis_ca_file.is_some() && !encrypted {
            let problem = "is set, and the address of Redis is one without TLS".to_owned();
            refuse(
                "storage.redis_ca_file",
                problem,
                "write rediss in storage.redis_url".to_owned(),
            );
        }
        let ca_file = raw
            .redis_ca_file
            .map(|text| path("storage.redis_ca_file", text, errors));
        Some(Self {
            address: address?,
            ca_file,
            prefix,
            connect: Duration::from_millis(raw.redis_connect_milliseconds),
            response: Duration::from_millis(raw.redis_response_milliseconds),
        })
    }
}
