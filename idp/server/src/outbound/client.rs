//! The HTTP client that connects to checked addresses alone.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

use super::OutboundError;
use super::address::{check_address, may_connect};
use crate::telemetry::traces;

/// The time for a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Idle connections that are kept for each host.
const IDLE: usize = 2;

/// Calls addresses of strangers.
#[derive(Debug)]
pub struct Outbound {
    pub(super) loopback: bool,
    pub(super) timeout: Duration,
    /// Made when it is first needed: a server without outbound requests needs no certificates.
    client: OnceLock<Option<Client>>,
}

/// Resolves a name and hands out its addresses only if each of them may be called: one that may not betrays what the name is for.
struct CheckedNames {
    loopback: bool,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            let are_allowed = addresses
                .iter()
                .all(|address| may_connect(address.ip(), loopback));
            if addresses.is_empty() || !are_allowed {
                return Err(OutboundError::Address.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Outbound {
    /// A client; `loopback` allows this machine.
    pub const fn new(loopback: bool) -> Self {
        Self {
            loopback,
            timeout: TIMEOUT,
            client: OnceLock::new(),
        }
    }

    /// With another limit of time, before the first request.
    #[cfg(test)]
    pub(super) const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Whether addresses of this machine are allowed.
    pub const fn allows_loopback(&self) -> bool {
        self.loopback
    }

    pub(super) fn client(&self) -> Result<&Client, OutboundError> {
        let made = self.client.get_or_init(|| {
            // Installed before by another client of this process: the same provider.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
            let client = Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .timeout(self.timeout)
                .pool_max_idle_per_host(IDLE)
                .dns_resolver(CheckedNames {
                    loopback: self.loopback,
                })
                .user_agent(concat!("idp/", env!("CARGO_PKG_VERSION")))
                .build();
            client
                .map_err(|error| tracing::error!(%error, "outbound requests are not possible"))
                .ok()
        });
        made.as_ref().ok_or(OutboundError::Unprepared)
    }

    /// Reads a JSON document of at most `limit` octets.
    ///
    /// # Errors
    /// [`OutboundError`]; every status but 200 is one.
    pub async fn fetch_json(&self, url: &str, limit: usize) -> Result<Value, OutboundError> {
        let url = check_address(url, self.loopback)?;
        let request = self.client()?.get(url).header("accept", "application/json");
        let bytes = within(self.timeout, async {
            let response = send(request).await?;
            if response.status() != StatusCode::OK {
                return Err(OutboundError::Status(response.status().as_u16()));
            }
            read(response, limit).await
        })
        .await?;
        serde_json::from_slice(&bytes).map_err(|_| OutboundError::NotJson)
    }

    /// Posts a body and answers status and header; the body of the answer is dropped unread.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn exchange(
        &self,
        url: &str,
        body: Bytes,
        headers: HeaderMap,
    ) -> Result<(StatusCode, HeaderMap), OutboundError> {
        let url = check_address(url, self.loopback)?;
        let request = self.client()?.post(url).headers(headers).body(body);
        within(self.timeout, async {
            let mut response = send(request).await?;
            Ok((response.status(), std::mem::take(response.headers_mut())))
        })
        .await
    }

    /// Posts a body and reads an answer of at most `limit` octets.
    ///
    /// # Errors
    /// [`OutboundError`]; every status but 200 is one.
    pub async fn post_and_read(
        &self,
        url: &str,
        body: Bytes,
        headers: HeaderMap,
        limit: usize,
    ) -> Result<Vec<u8>, OutboundError> {
        let url = check_address(url, self.loopback)?;
        let request = self.client()?.post(url).headers(headers).body(body);
        within(self.timeout, async {
            let response = send(request).await?;
            if response.status() != StatusCode::OK {
                return Err(OutboundError::Status(response.status().as_u16()));
            }
            read(response, limit).await
        })
        .await
    }

    /// Posts a body and answers the status.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn post(
        &self,
        url: &str,
        body: Bytes,
        headers: HeaderMap,
    ) -> Result<StatusCode, OutboundError> {
        Ok(self.exchange(url, body, headers).await?.0)
    }
}

/// The client's own limit starts anew with each piece of the answer; this one does not.
pub(super) async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = Result<T, OutboundError>> + Send,
) -> Result<T, OutboundError> {
    tokio::time::timeout(limit, exchange)
        .await
        .map_err(|_| OutboundError::TimedOut)?
}

pub(super) async fn send(request: RequestBuilder) -> Result<Response, OutboundError> {
    let mut headers = HeaderMap::new();
    traces::propagate(&mut headers);
    request
        .headers(headers)
        .send()
        .await
        .map_err(|error| failure(&error))
}

/// The octets of an answer; one that says that it is longer is not begun.
pub(super) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, OutboundError> {
    let announced = response.content_length().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(OutboundError::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| failure(&error))? {
        if bytes.len().saturating_add(piece.len()) > limit {
            return Err(OutboundError::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What went wrong, without the address that the client's error would name.
fn failure(error: &reqwest::Error) -> OutboundError {
    if error.is_timeout() {
        return OutboundError::TimedOut;
    }
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if let Some(own) = inner.downcast_ref::<OutboundError>() {
            return *own;
        }
        cause = inner.source();
    }
    OutboundError::Unreachable
}
