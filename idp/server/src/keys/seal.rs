//! The sealing key of an installation, under which its keys are kept.

use std::path::Path;
use std::sync::Arc;

use idp_types::Secret;
use idp_types::encoding::{base64url, from_base64url};

use super::private::{read_private, write_private};
use super::{KeyError, KeyHome, Token};
use crate::config::SealKeySource;
use crate::crypto::random;

/// The sealing key for what is kept in a home. It is made on first use, and never for keys that are there already: those would not open.
///
/// # Errors
/// [`KeyError`] when it cannot be read, or is not there and was.
pub async fn seal_key(
    source: &SealKeySource,
    home: &KeyHome,
    token: Option<&Arc<Token>>,
) -> Result<Secret<32>, KeyError> {
    match source {
        SealKeySource::Environment(key) => Ok(key.clone()),
        SealKeySource::File(path) => {
            if let Some(key) = from_file(path)? {
                return Ok(key);
            }
            first_use(home, path).await?;
            let key: [u8; 32] = random()?;
            write_private(path, base64url(&key).as_bytes())?;
            Ok(Secret::new(key))
        }
        SealKeySource::Token { label, file } => {
            let token = token.ok_or_else(|| KeyError::NoToken(label.clone()))?;
            in_token((token, label), home, file).await
        }
    }
}

/// Fails where there are keys already.
async fn first_use(home: &KeyHome, path: &Path) -> Result<(), KeyError> {
    if home.read().await?.is_none() && home.former().await?.is_none() {
        return Ok(());
    }
    Err(KeyError::NoSealKey {
        place: home.name(),
        path: path.to_owned(),
    })
}

/// The one that a key of the token seals; of two instances that make it at once, both use that of the faster one.
async fn in_token(
    (token, label): (&Arc<Token>, &str),
    home: &KeyHome,
    file: &Path,
) -> Result<Secret<32>, KeyError> {
    if home.wrapped_key(file).await?.is_none() {
        first_use(home, file).await?;
        let wrapped = token.wrap(label.to_owned(), Secret::new(random()?)).await?;
        home.put_wrapped_key(file, wrapped).await?;
    }
    let wrapped = home.wrapped_key(file).await?.ok_or(KeyError::SealKey)?;
    let opened = token.unwrap(label.to_owned(), wrapped).await;
    opened.map_err(|error| {
        tracing::error!(%error, "the PKCS#11 token does not open the sealing key");
        error.into()
    })
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
