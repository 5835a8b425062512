//! The sealing key of an installation, under which its keys are kept.

use std::path::Path;

use idp_types::Secret;
use idp_types::encoding::{base64url, from_base64url};

use super::private::{read_private, write_private};
use super::{KeyError, KeyHome};
use crate::config::SealKeySource;
use crate::crypto::random;

/// The sealing key for what is kept in a home. It is made on first use, and never for keys that are there already: those would not open.
///
/// # Errors
/// [`KeyError`] when it cannot be read, or is not there and was.
pub async fn seal_key(source: &SealKeySource, home: &KeyHome) -> Result<Secret<32>, KeyError> {
    match source {
        SealKeySource::Environment(key) => Ok(key.clone()),
        SealKeySource::File(path) => {
            if let Some(key) = from_file(path)? {
                return Ok(key);
            }
            if home.read().await?.is_some() || home.former().await?.is_some() {
                return Err(KeyError::NoSealKey {
                    place: home.name(),
                    path: path.clone(),
                });
            }
            let key: [u8; 32] = random()?;
            write_private(path, base64url(&key).as_bytes())?;
            Ok(Secret::new(key))
        }
    }
}

fn from_file(path: &Path) -> Result<Option<Secret<32>>, KeyError> {
    let Some(content) = read_private(path)? else {
        return Ok(None);
    };
    parse(std::str::from_utf8(&content).unwrap_or_default().trim()).map(Some)
}

fn parse(text: &str) -> Result<Secret<32>, KeyError> {
    from_base64url(text)
        .and_then(|bytes| bytes.try_into().ok())
        .map(Secret::new)
        .ok_or(KeyError::SealKey)
}
