//! The document at `sector_identifier_uri` (OIDC Core 8.1, OIDC Registration 5).

use serde_json::Value;
use url::Url;

use super::error::MetadataError;
use super::record::Client;

/// The most entries that are read.
const LIMIT: usize = 1000;

/// Whether the document lists every redirect URI of the client.
///
/// # Errors
/// [`MetadataError::SectorDocument`].
pub fn check_sector_document(document: &Value, client: &Client) -> Result<(), MetadataError> {
    let listed = document.as_array().filter(|listed| listed.len() <= LIMIT);
    let listed = listed.ok_or(MetadataError::SectorDocument)?;
    let is_listed = |uri: &String| listed.iter().any(|entry| entry.as_str() == Some(uri));
    if client.redirect_uris.iter().all(is_listed) {
        Ok(())
    } else {
        Err(MetadataError::SectorDocument)
    }
}

/// The sector of a client: the host of its `sector_identifier_uri`, else its own identifier (profile 8).
pub fn sector_of(client: &Client) -> String {
    let uri = client.sector_identifier_uri.as_deref();
    let url = uri.and_then(|text| Url::parse(text).ok());
    let host = url.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| client.client_id.to_string())
}
