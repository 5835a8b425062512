//! Connections: where the server is, how long anything may take, and when a connection is over.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

/// How much longer than the server we wait for the server's own time limit.
const MARGIN: Duration = Duration::from_secs(1);

/// Where a database is and how it is entered: `postgres://user:password@host:port/database?sslmode=...`. The password never leaves it.
#[derive(Clone)]
pub struct DatabaseUrl {
    text: String,
    options: PgConnectOptions,
}

impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DatabaseUrl {}

/// Why a URL is none of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It has another scheme.
    #[error("does not begin with postgres:// or postgresql://")]
    Scheme,
    /// It does not name a database.
    #[error("does not end with the name of a database")]
    Database,
    /// It cannot be read; its text may hold a password and is not repeated.
    #[error("cannot be read as the URL of a database")]
    Malformed,
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(UrlError::Scheme);
        }
        let options = PgConnectOptions::from_str(text).map_err(|_| UrlError::Malformed)?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err(UrlError::Database);
        }
        let options = if says_how(text, &options) {
            options
        } else {
            options.ssl_mode(PgSslMode::VerifyFull)
        };
        Ok(Self {
            text: text.to_owned(),
            options: options.disable_statement_logging(),
        })
    }
}

impl DatabaseUrl {
    /// As it was written, with its password.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the server is verified because it is elsewhere and the URL does not say how.
    pub(crate) fn is_verified_unless_said(&self) -> bool {
        !says_how(&self.text, &self.options)
    }
}

/// Whether the URL says how TLS is used, or the server is on this machine.
fn says_how(text: &str, options: &PgConnectOptions) -> bool {
    let says_mode = text.contains("sslmode=") || text.contains("ssl-mode=");
    says_mode || options.get_socket().is_some() || is_loopback(options.get_host())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || host.starts_with('/') || address.is_ok_and(|address| address.is_loopback())
}

/// Host and database alone.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseUrl")
            .field("host", &self.options.get_host())
            .field("port", &self.options.get_port())
            .field("database", &self.options.get_database())
            .finish_non_exhaustive()
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
    /// Changing the schema takes as long as it takes.
    Migrate,
}

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Connector {
    options: PgConnectOptions,
    patience: Duration,
}

impl Connector {
    pub(crate) fn new(url: &DatabaseUrl, name: &str, patience: Duration) -> Self {
        Self {
            options: url.options.clone().application_name(&format!("idp {name}")),
            patience,
        }
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// How long one statement may take, as we see it.
    pub(crate) fn patience(&self) -> Duration {
        self.patience + MARGIN
    }

    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<PgConnection, sqlx::Error> {
        limited(self.patience(), async {
            let mut connection = self.options.connect().await?;
            self.set_up(&mut connection, purpose).await?;
            Ok(connection)
        })
        .await
    }

    /// The server's own limits, and that what it acknowledges is on its disk.
    pub(crate) async fn set_up(
        &self,
        connection: &mut PgConnection,
        purpose: Purpose,
    ) -> Result<(), sqlx::Error> {
        let limit = match purpose {
            Purpose::Migrate => 0,
            Purpose::Read | Purpose::Write => self.patience.as_millis(),
        };
        let mut settings = format!(
            "SET statement_timeout = {limit}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {};
             SET synchronous_commit = on; SET jit = off; SET client_connection_check_interval = 1000;
             SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;",
            self.patience.as_millis() / 4,
            self.patience.as_millis() * 2,
        );
        if purpose == Purpose::Write {
            // Everything that the writer asks for has an index, also while a table is small and young.
            settings.push_str(
                "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
                 SET plan_cache_mode = force_generic_plan;",
            );
        }
        connection.execute(AssertSqlSafe(settings)).await.map(drop)
    }
}

/// Gives up after a time.
pub(crate) async fn limited<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let elapsed = || {
        sqlx::Error::Io(io::Error::new(
            io::ErrorKind::TimedOut,
            "PostgreSQL does not answer in time",
        ))
    };
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(elapsed()))
}

/// Whether patience ended, ours or the server's: another attempt would take as long.
pub(crate) fn is_slow(error: &sqlx::Error) -> bool {
    let is_elapsed = matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut);
    is_elapsed || code(error).is_some_and(|code| code == "57014")
}

/// The server's code of an error (PostgreSQL, appendix A).
pub(crate) fn code(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()?
        .code()
        .map(std::borrow::Cow::into_owned)
}

/// Whether the connection is of no more use: it is gone, the server is going, or it answers for a replica.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match code(error) {
        // Of class 57 also a cancelled statement: whoever needs longer than it may has better chances elsewhere.
        Some(code) => {
            ["08", "57", "58", "XX"]
                .iter()
                .any(|class| code.starts_with(class))
                || ["25006", "25P03", "53300"].contains(&code.as_str())
        }
        None => !matches!(
            error,
            sqlx::Error::Encode(_)
                | sqlx::Error::Decode(_)
                | sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::RowNotFound
                | sqlx::Error::TypeNotFound { .. }
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_password_to_itself() {
        let url: DatabaseUrl = "postgres://idp:s3cret@db.example/idp".parse().unwrap();
        let debug = format!("{url:?}");
        assert!(
            debug.contains("db.example") && !debug.contains("s3cret"),
            "{debug}"
        );
        let error = "postgres://idp:s3cret@db.example:port/idp".parse::<DatabaseUrl>();
        assert_eq!(error.unwrap_err(), UrlError::Malformed);
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for (text, error) in [
            ("mysql://db.example/idp", UrlError::Scheme),
            ("postgres://idp@db.example", UrlError::Database),
            ("postgres://[db.example/idp", UrlError::Malformed),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>().err(), Some(error), "{text}");
        }
    }

    #[test]
    fn a_server_elsewhere_shows_its_certificate() {
        let mode = |text: &str| {
            let url: DatabaseUrl = text.parse().unwrap();
            format!("{:?}", url.options.get_ssl_mode())
        };
        assert_eq!(mode("postgres://idp@db.example/idp"), "VerifyFull");
        assert_eq!(mode("postgres://idp@10.0.0.1/idp?sslmode=require"), "Require");
        for here in ["localhost", "127.0.0.1:5433", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://idp@{here}/idp")), "Prefer", "{here}");
        }
    }
}
