//! Files that only the server may read, each replaced in one step.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use idp_types::encoding::base64url;
use zeroize::Zeroizing;

use super::KeyError;
use crate::crypto::random;

pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| KeyError::Io { path, source }
}

/// Writes a file that only its owner reads: a new file beside it, synced, then renamed over it.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let suffix = base64url(&random::<6>()?);
    let temporary = path.with_extension(format!("new-{suffix}"));
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => fs::File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(io(path))
}

/// The content of such a file; `None` when there is none.
pub(super) fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(path)(error)),
    };
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyError::Mode(path.to_owned()));
    }
    fs::read(path)
        .map(|bytes| Some(Zeroizing::new(bytes)))
        .map_err(io(path))
}
