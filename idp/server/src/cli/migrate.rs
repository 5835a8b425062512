//! `idp migrate`: brings the schema of the shared database up to date.

use idp_store_postgres::PostgresStore;
use serde_json::json;

use super::offline::ConfigFile;
use super::{CliError, Output};
use crate::boot::BootError;

/// Which database.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Run it as the owner of the tables, before instances of a new version start; those of the old one go on meanwhile. The embedded
database needs no migration: the server brings it up to date when it starts.

Example:
  DATABASE_URL=postgres://owner:password@db.example.com/idp idp migrate --config idp.toml")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let config = arguments.file.load()?;
    let Some(database) = &config.storage.database else {
        let text = "nothing to do: the server brings its embedded database up to date when it starts";
        return arguments.output.print(&json!({"migrated": false}), text);
    };
    let migrated = PostgresStore::migrate(&database.url).await;
    migrated.map_err(BootError::Database)?;
    let text = "the database has the schema of this version";
    arguments.output.print(&json!({"migrated": true}), text)
}
