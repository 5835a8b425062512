//! `idp store copy`: moves an embedded installation to the shared database; `idp store backup|restore`: copies of an installation.

mod backup;

use std::fs::File;
use std::path::{Path, PathBuf};

use idp_store_postgres::{DatabaseUrl, PostgresStore};
use idp_store_sqlite::{Location, Options, SqliteStore};
use serde_json::json;

use super::{CliError, Output};
use crate::boot::BootError;

/// What to do with stores.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Copy everything that an embedded installation stores into an empty shared database, and compare it.
    #[command(after_help = "\
Stop the server first, and run idp migrate on the new database. The sealing key, trust lists and the configuration stay in their files:
copy these to every instance. The keys of keys.file move to the database when the first instance starts with it. Afterwards set
storage.database_url; idp audit verify proves that the audit log is whole there.

Example:
  DATABASE_URL=postgres://owner:password@db.example.com/idp idp store copy --from /var/lib/idp/idp.sqlite")]
    Copy(Box<Copy>),
    /// Copy an installation to a new directory while its servers run.
    #[command(after_help = "\
The directory gets the database as it is at one moment, the sealed keys and the checkpoints of the audit log where they are files, and a
manifest with the SHA-256 of each. The sealing key is not among them: keep it elsewhere. A shared database is copied by its own pg_dump,
which must be installed.

Example:
  idp store backup --config /etc/idp/idp.toml --to /var/backups/idp/2026-11-21")]
    Backup(backup::Backup),
    /// Put a copy back and verify its audit log.
    #[command(after_help = "\
Stop all servers first. The data_dir, or the shared database, must be empty. Start with an empty Redis: what is pending there belongs to
the time after the copy.

Example:
  idp store restore --config /etc/idp/idp.toml --from /var/backups/idp/2026-11-21")]
    Restore(backup::Restore),
}

/// From where to where.
#[derive(Debug, clap::Args)]
pub(super) struct Copy {
    /// The file of the embedded installation: idp.sqlite in its data_dir.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The new database; better in the variable, because it holds a password.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    to: DatabaseUrl,
    #[command(flatten)]
    output: Output,
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Copy(copy) => copy.run().await,
            Self::Backup(backup) => backup.run().await,
            Self::Restore(restore) => restore.run().await,
        }
    }
}

impl Copy {
    async fn run(self) -> Result<(), CliError> {
        let _lock = stopped(&self.from)?;
        let options = Options::new("cli");
        let source = SqliteStore::open(Location::File(self.from), options).await;
        let source = source.map_err(BootError::Open)?;
        let copied = PostgresStore::import(&self.to, &source).await;
        let copied = copied.map_err(|error| {
            let fix = "nothing was copied; correct it and copy again";
            CliError::failed("the installation was not copied", error, fix)
        })?;
        source.close().await?;
        let rows: u64 = copied.iter().map(|(_, content)| content.rows).sum();
        let tables = copied.iter().map(|(name, content)| {
            let digest = data_encoding::HEXLOWER.encode(&content.digest);
            json!({"table": name, "rows": content.rows, "sha256": digest})
        });
        let value = json!({"rows": rows, "tables": tables.collect::<Vec<_>>()});
        let text = format!(
            "copied {rows} rows of {} tables; count and SHA-256 of each agree",
            copied.len()
        );
        self.output.print(&value, &text)
    }
}

/// Makes sure that the file is there and no server uses it until the copy is done.
fn stopped(file: &Path) -> Result<File, CliError> {
    let failed = |error: std::io::Error| {
        let what = format!("{} cannot be read", file.display());
        CliError::failed(
            what,
            error,
            "name the idp.sqlite of a data_dir, as the server's user",
        )
    };
    File::open(file).map_err(failed)?;
    let mut options = File::options();
    let lock = options.create(true).truncate(false).write(true);
    let lock = lock.open(file.with_file_name("server.lock")).map_err(failed)?;
    lock.try_lock().map_err(|_| {
        let why = "a server runs on this data directory";
        CliError::failed(
            "the installation is in use",
            why,
            "stop it first: what it writes meanwhile would be lost",
        )
    })?;
    Ok(lock)
}
