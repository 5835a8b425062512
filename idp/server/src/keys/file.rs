//! The sealed key file: read, checked, replaced in one step.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use idp_core::keys::KeyLife;
use idp_types::encoding::{base64url, from_base64url};
use idp_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::retired::{RetiredKey, RetiredRow};
use super::secrets::{OtpMaster, ServerSecrets};
use crate::crypto::{CryptoError, SealingKey, random};

const CONTEXT: &[u8] = b"idt-key-file-v1";

/// Why the keys could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Others can read a file that only the server may.
    #[error("{0} can be read by others: run chmod 600 on it")]
    Mode(PathBuf),
    /// The sealing key is not 32 bytes of base64url.
    #[error("the sealing key must be 32 bytes in base64url without padding")]
    SealKey,
    /// The key file was sealed under another key, or was changed.
    #[error("{0} does not open with this sealing key")]
    Sealed(PathBuf),
    /// The content is not a key file of a known version.
    #[error("{0} has content of an unknown form")]
    Content(PathBuf),
    /// A primitive failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A key could not be made or read.
    #[error(transparent)]
    Sign(#[from] super::SignError),
}

/// One private key with its dates.
#[derive(Clone, PartialEq)]
pub(super) struct StoredKey {
    pub(super) life: KeyLife,
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    /// A certificate of it, DER; where one was made with it.
    pub(super) certificate: Option<Vec<u8>>,
}

/// All of them.
#[derive(Clone, PartialEq, Default)]
pub(super) struct StoredKeys {
    pub(super) keys: Vec<StoredKey>,
    /// What remains of those that are gone.
    pub(super) retired: Vec<RetiredKey>,
}

#[derive(Serialize, Deserialize)]
struct FileRow {
    version: u32,
    secrets: SecretsRow,
    keys: Vec<KeyRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retired: Vec<RetiredRow>,
}

#[derive(Serialize, Deserialize)]
struct KeyRow {
    life: KeyLife,
    pkcs8: Zeroizing<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct SecretsRow {
    otp_masters: Vec<(Timestamp, Zeroizing<String>)>,
    ws: Zeroizing<String>,
    pairwise: Zeroizing<String>,
    rendezvous: Zeroizing<String>,
    subject_index: Zeroizing<String>,
    caller_index: Zeroizing<String>,
    storage: Zeroizing<String>,
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> KeyFileError {
    let path = path.to_owned();
    move |source| KeyFileError::Io { path, source }
}

/// Writes a file that only its owner reads: a new file beside it, synced, then renamed over it.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyFileError> {
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

fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFileError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(path)(error)),
    };
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::Mode(path.to_owned()));
    }
    fs::read(path)
        .map(|bytes| Some(Zeroizing::new(bytes)))
        .map_err(io(path))
}

/// The sealing key of an installation: from its file, made on first use.
///
/// # Errors
/// [`KeyFileError`].
pub(crate) fn seal_key_from_file(path: &Path) -> Result<Secret<32>, KeyFileError> {
    if let Some(bytes) = read_private(path)? {
        return parse_seal_key(std::str::from_utf8(&bytes).unwrap_or_default().trim());
    }
    let key: [u8; 32] = random()?;
    write_private(path, base64url(&key).as_bytes())?;
    Ok(Secret::new(key))
}

/// The sealing key from its text.
pub(crate) fn parse_seal_key(text: &str) -> Result<Secret<32>, KeyFileError> {
    from_base64url(text)
        .and_then(|bytes| bytes.try_into().ok())
        .map(Secret::new)
        .ok_or(KeyFileError::SealKey)
}

pub(super) fn read(
    path: &Path,
    key: &SealingKey,
) -> Result<Option<(ServerSecrets, StoredKeys)>, KeyFileError> {
    let Some(sealed) = read_private(path)? else {
        return Ok(None);
    };
    let plain = Zeroizing::new(
        key.open(CONTEXT, &sealed)
            .map_err(|_| KeyFileError::Sealed(path.to_owned()))?,
    );
    let row: FileRow = serde_json::from_slice(&plain).map_err(|_| KeyFileError::Content(path.to_owned()))?;
    let content = || KeyFileError::Content(path.to_owned());
    if row.version != 1 {
        return Err(content());
    }
    let secrets = row.secrets.open().ok_or_else(content)?;
    let keys = row.keys.into_iter().map(|key| {
        Some(StoredKey {
            life: key.life,
            pkcs8: Zeroizing::new(from_base64url(&key.pkcs8)?),
            certificate: match key.certificate {
                Some(text) => Some(from_base64url(&text)?),
                None => None,
            },
        })
    });
    let retired = row.retired.into_iter().map(RetiredRow::open);
    let stored = StoredKeys {
        keys: keys.collect::<Option<_>>().ok_or_else(content)?,
        retired: retired.collect::<Option<_>>().ok_or_else(content)?,
    };
    Ok(Some((secrets, stored)))
}

pub(super) fn write(
    path: &Path,
    key: &SealingKey,
    secrets: &ServerSecrets,
    stored: &StoredKeys,
) -> Result<(), KeyFileError> {
    let keys = stored.keys.iter().map(|key| KeyRow {
        life: key.life.clone(),
        pkcs8: Zeroizing::new(base64url(&key.pkcs8)),
        certificate: key.certificate.as_deref().map(base64url),
    });
    let row = FileRow {
        version: 1,
        secrets: SecretsRow::of(secrets),
        keys: keys.collect(),
        retired: stored.retired.iter().map(RetiredRow::of).collect(),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&row).map_err(|_| KeyFileError::Content(path.to_owned()))?);
    write_private(path, &key.seal(CONTEXT, &plain)?)
}

impl SecretsRow {
    fn of(secrets: &ServerSecrets) -> Self {
        let text = |secret: &Secret<32>| Zeroizing::new(base64url(secret.expose()));
        Self {
            otp_masters: secrets
                .otp_masters
                .iter()
                .map(|master| (master.since, text(&master.secret)))
                .collect(),
            ws: text(&secrets.ws),
            pairwise: text(&secrets.pairwise),
            rendezvous: text(&secrets.rendezvous),
            subject_index: text(&secrets.subject_index),
            caller_index: text(&secrets.caller_index),
            storage: text(&secrets.storage),
        }
    }

    fn open(&self) -> Option<ServerSecrets> {
        let secret = |text: &str| from_base64url(text)?.try_into().ok().map(Secret::new);
        let masters = self.otp_masters.iter().map(|(since, text)| {
            Some(OtpMaster {
                since: *since,
                secret: secret(text)?,
            })
        });
        Some(ServerSecrets {
            otp_masters: masters.collect::<Option<_>>()?,
            ws: secret(&self.ws)?,
            pairwise: secret(&self.pairwise)?,
            rendezvous: secret(&self.rendezvous)?,
            subject_index: secret(&self.subject_index)?,
            caller_index: secret(&self.caller_index)?,
            storage: secret(&self.storage)?,
        })
    }
}
