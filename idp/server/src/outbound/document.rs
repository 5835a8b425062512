//! Documents of strangers that are read again and again, such as metadata: with an entity tag, and where they have moved to.

use http::{StatusCode, header};
use reqwest::Response;
use url::Url;

use super::OutboundError;
use super::address::check_address;
use super::client::{Outbound, read, send, within};

/// The most redirects that are followed (IIP-MD02 demands that they are). Each address is checked like the first one.
const REDIRECTS: usize = 3;

/// The longest entity tag that is kept.
const TAG: usize = 256;

/// What an address answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The document is the one of the tag (RFC 9110 15.4.5).
    Unchanged,
    /// The document.
    Document {
        /// Its octets.
        text: Vec<u8>,
        /// Its entity tag.
        etag: Option<String>,
    },
}

impl Outbound {
    /// Reads a document of at most `limit` octets; with a tag, if it is another than that one.
    ///
    /// # Errors
    /// [`OutboundError`]; every status but 200, and 304 to a tag, is one.
    pub async fn fetch_document(
        &self,
        url: &str,
        accept: &'static str,
        etag: Option<&str>,
        limit: usize,
    ) -> Result<Fetched, OutboundError> {
        let mut url = check_address(url, self.loopback)?;
        within(self.timeout, async {
            for _ in 0..=REDIRECTS {
                let mut request = self.client()?.get(url.clone()).header(header::ACCEPT, accept);
                if let Some(etag) = etag {
                    request = request.header(header::IF_NONE_MATCH, etag);
                }
                let response = send(request).await?;
                match response.status() {
                    StatusCode::OK => return document(response, limit).await,
                    StatusCode::NOT_MODIFIED if etag.is_some() => return Ok(Fetched::Unchanged),
                    status if status.is_redirection() => url = self.moved(&url, &response)?,
                    status => return Err(OutboundError::Status(status.as_u16())),
                }
            }
            Err(OutboundError::Status(StatusCode::LOOP_DETECTED.as_u16()))
        })
        .await
    }

    fn moved(&self, from: &Url, response: &Response) -> Result<Url, OutboundError> {
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let to = location.and_then(|location| from.join(location).ok());
        let to = to.ok_or_else(|| OutboundError::Status(response.status().as_u16()))?;
        check_address(to.as_str(), self.loopback)
    }
}

async fn document(response: Response, limit: usize) -> Result<Fetched, OutboundError> {
    let etag = response.headers().get(header::ETAG);
    let etag = etag
        .and_then(|value| value.to_str().ok())
        .filter(|tag| tag.len() <= TAG);
    let etag = etag.map(str::to_owned);
    let text = read(response, limit).await?;
    Ok(Fetched::Document { text, etag })
}
