//! Metadata, read where it is and believed if the one vouches for it whom the operator named.

use saml::metadata::{MetadataError, ProviderMetadata, Trust, read};
use saml::provider::Source;
use saml::signature::SignatureAlgorithm;

use super::document::{Origin, wrong};
use crate::app::App;
use crate::outbound::Fetched;
use crate::problem::{Code, Problem};
use crate::saml::crypto::PeerVerifier;

/// The longest metadata document, in octets.
const LIMIT: usize = 512 * 1024;

/// What metadata services answer with (MDQ 2.2).
const MEDIA_TYPES: &str = "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8";

impl From<MetadataError> for Problem {
    fn from(error: MetadataError) -> Self {
        wrong("metadata", error.to_string())
    }
}

/// What was read.
pub(super) enum Read {
    /// The document, and what is to be remembered of it.
    Metadata(Box<ProviderMetadata>, Source),
    /// It is what it was.
    Unchanged,
}

/// Reads metadata for the first time, or because it is somewhere else now.
///
/// # Errors
/// `invalid_request` when it cannot be read or nobody vouches for it.
pub(super) async fn first(
    app: &App,
    origin: &Origin,
    source: Source,
) -> Result<(ProviderMetadata, Source), Problem> {
    match origin {
        Origin::Text(text) => {
            let source = Source {
                url: None,
                etag: None,
                read_at: app.now(),
                ..source
            };
            Ok((believed(app, text, &source)?, source))
        }
        Origin::Address(url) => {
            let source = Source {
                url: Some(url.clone()),
                etag: None,
                ..source
            };
            match again(app, source).await? {
                Read::Metadata(metadata, source) => Ok((*metadata, source)),
                // Nobody answers so to a question without a tag.
                Read::Unchanged => Err(wrong("metadataUrl", "the address answers without a document")),
            }
        }
    }
}

/// Reads metadata where it was read before; with a tag it is asked whether it changed.
///
/// # Errors
/// `conflict` for metadata that came from a file; `invalid_request` when it cannot be read or nobody vouches for it.
pub(super) async fn again(app: &App, source: Source) -> Result<Read, Problem> {
    let Some(url) = &source.url else {
        return Err(
            Problem::new(Code::Conflict).detail("its metadata was given as a text, and has no address")
        );
    };
    let fetched = app
        .oidc
        .outbound
        .fetch_document(url, MEDIA_TYPES, source.etag.as_deref(), LIMIT)
        .await
        .map_err(|error| wrong("metadataUrl", error.to_string()))?;
    let Fetched::Document { text, etag } = fetched else {
        return Ok(Read::Unchanged);
    };
    let text = String::from_utf8(text).map_err(|_| wrong("metadata", "the document is not UTF-8"))?;
    let metadata = believed(app, &text, &source)?;
    let source = Source {
        etag,
        read_at: app.now(),
        ..source
    };
    Ok(Read::Metadata(Box::new(metadata), source))
}

fn believed(app: &App, text: &str, source: &Source) -> Result<ProviderMetadata, MetadataError> {
    let trust = Trust {
        anchors: &source.trust_anchors,
        longest: source.longest,
        algorithms: &SignatureAlgorithm::ALL,
        verifier: &PeerVerifier,
    };
    // A byte order mark is no part of the document (XML 1.0 4.3.3).
    read(text.trim_start_matches('\u{FEFF}'), trust, app.now())
}
