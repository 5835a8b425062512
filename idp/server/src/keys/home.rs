//! Where the sealed keys are kept: in a file of one instance, or in the database that all instances share. Both are replaced at the version
//! that was read, or not at all, so that of two who change the keys at once one reads what the other wrote.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use idp_store::{Change, Commit, CommitError, DurableStore, Version, Versioned};

use super::KeyError;
use super::error::blocking;
use super::private::{io, read_private, write_private};
use crate::crypto::sha256;

/// The document's name in the database.
const NAME: &str = "keys";

/// The name of the sealing key that only a token opens.
const WRAPPED: &str = "seal-key";

/// Where the sealed keys are kept.
#[derive(Clone)]
pub enum KeyHome {
    /// In a file.
    File(PathBuf),
    /// In the durable store.
    Database {
        /// Which.
        store: Arc<dyn DurableStore>,
        /// The file that they are taken from when the database has none yet.
        former: PathBuf,
    },
}

impl KeyHome {
    /// As errors and the log name it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Database { .. } => "the key ring of the database".to_owned(),
        }
    }

    /// What is kept there.
    pub(super) async fn read(&self) -> Result<Option<Versioned<Vec<u8>>>, KeyError> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                blocking(move || read_file(&path)).await
            }
            Self::Database { store, .. } => Ok(store.sealed_document(NAME).await?),
        }
    }

    /// What was kept before in a file, where the database has nothing yet.
    pub(super) async fn former(&self) -> Result<Option<Vec<u8>>, KeyError> {
        let Self::Database { former, .. } = self else {
            return Ok(None);
        };
        let path = former.clone();
        let found = blocking(move || read_file(&path)).await?;
        Ok(found.map(|found| found.value))
    }

    /// Keeps something else in place of what was read; `false` when somebody was faster.
    pub(super) async fn write(&self, sealed: Vec<u8>, expected: Version) -> Result<bool, KeyError> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                blocking(move || write_file(&path, &sealed, expected)).await
            }
            Self::Database { store, .. } => put(&**store, NAME, sealed, expected).await,
        }
    }

    /// The sealing key that only a token opens: beside the keys, in this file or in the database.
    pub(super) async fn wrapped_key(&self, file: &Path) -> Result<Option<Vec<u8>>, KeyError> {
        match self {
            Self::File(_) => Ok(read_private(file)?.map(|content| content.to_vec())),
            Self::Database { store, .. } => {
                let found = store.sealed_document(WRAPPED).await?;
                Ok(found.map(|found| found.value))
            }
        }
    }

    /// Keeps it, unless there is one by now.
    pub(super) async fn put_wrapped_key(&self, file: &Path, wrapped: Vec<u8>) -> Result<(), KeyError> {
        match self {
            Self::File(_) => write_private(file, &wrapped),
            Self::Database { store, .. } => put(&**store, WRAPPED, wrapped, Version(0)).await.map(drop),
        }
    }
}

async fn put(
    store: &dyn DurableStore,
    name: &str,
    sealed: Vec<u8>,
    expected: Version,
) -> Result<bool, KeyError> {
    let change = Change::PutSealedDocument {
        name: name.to_owned(),
        sealed,
        expected,
    };
    let commit = Commit {
        changes: vec![change],
        audit: Vec::new(),
    };
    match store.commit(commit).await {
        Ok(_) => Ok(true),
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

fn read_file(path: &Path) -> Result<Option<Versioned<Vec<u8>>>, KeyError> {
    let found = read_private(path)?.map(|content| Versioned {
        version: version(&content),
        value: content.to_vec(),
    });
    Ok(found)
}

/// Under a lock beside the file: the command line may be at it as well. The system lets go of it with the process.
fn write_file(path: &Path, sealed: &[u8], expected: Version) -> Result<bool, KeyError> {
    let beside = path.with_extension("lock");
    let mut options = File::options();
    let lock = options.create(true).truncate(false).write(true).open(&beside);
    let lock = lock.map_err(io(&beside))?;
    lock.lock().map_err(io(&beside))?;
    let found = read_file(path)?.map_or(Version(0), |found| found.version);
    if found != expected {
        return Ok(false);
    }
    write_private(path, sealed)?;
    Ok(true)
}

/// A file has no version but its content.
fn version(content: &[u8]) -> Version {
    let digest = sha256(content);
    let number = digest
        .iter()
        .take(8)
        .fold(0, |number, octet| number << 8 | u64::from(*octet));
    Version(number.max(1))
}
