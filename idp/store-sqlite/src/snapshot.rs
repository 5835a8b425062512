//! A copy of the file as it is at one moment, while a server goes on writing it.

use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::open::OpenError;

/// Writes a compact copy of the database in `from` to the new file `to`, readable by its owner alone, and synchronised to disk.
///
/// The copy holds every commit that was acknowledged before the call and none by halves; writers wait for nothing.
///
/// # Errors
/// [`OpenError::File`] when `to` is there already or cannot be made, [`OpenError::Engine`] when `from` is no database or the disk is full.
/// What was begun is removed.
pub async fn snapshot(from: &Path, to: &Path) -> Result<(), OpenError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let file = options.open(to).await?;
    let copied = copy(from, to).await;
    if copied.is_err() {
        drop(file);
        tokio::fs::remove_file(to).await?;
        return copied;
    }
    Ok(file.sync_all().await?)
}

async fn copy(from: &Path, to: &Path) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(from)
        .create_if_missing(false);
    let mut connection = options.connect().await?;
    sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    Ok(())
}
