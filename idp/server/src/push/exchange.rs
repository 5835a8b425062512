//! The sockets of the providers: one client for Google, one for Apple, and the checked one for push services, whose addresses
//! phones supplied.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use idp_push::exchange::ANSWER_LIMIT;
use idp_push::{Exchange, ExchangeError, ProviderAnswer, ProviderRequest};
use reqwest::{Certificate, Client, redirect};

use crate::outbound::{Outbound, OutboundError};

/// The time for a whole exchange: what is not taken by then is tried again while its session lives.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Apple asks that connections stay open.
const KEPT: Duration = Duration::from_mins(10);
/// How often an idle connection is looked after.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// Calls a provider whose address the operator knows.
pub(super) struct ProviderClient {
    roots: Vec<Certificate>,
    /// Made when it is first needed: commands that push nothing need no certificates.
    client: OnceLock<Option<Client>>,
}

impl ProviderClient {
    /// With further root certificates.
    pub(super) const fn new(roots: Vec<Certificate>) -> Self {
        Self {
            roots,
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&Client, ExchangeError> {
        let made = self.client.get_or_init(|| {
            // Installed before by another client of this process: the same provider.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
            let client = Client::builder()
                .redirect(redirect::Policy::none())
                .referer(false)
                .timeout(TIMEOUT)
                .pool_idle_timeout(KEPT)
                .http2_keep_alive_interval(KEEP_ALIVE)
                .http2_keep_alive_while_idle(true)
                .tls_certs_merge(self.roots.iter().cloned())
                .user_agent(concat!("idp/", env!("CARGO_PKG_VERSION")))
                .build();
            client
                .map_err(|error| tracing::error!(%error, "no provider can be called"))
                .ok()
        });
        made.as_ref().ok_or(ExchangeError::Unreachable)
    }

    async fn exchange(&self, request: ProviderRequest) -> Result<ProviderAnswer, ExchangeError> {
        let headers = headers(&request)?;
        let request = self
            .client()?
            .post(&request.url)
            .headers(headers)
            .body(request.body);
        let mut response = request.send().await.map_err(|error| failure(&error))?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len().saturating_add(piece.len()) > ANSWER_LIMIT {
                return Err(ExchangeError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(ProviderAnswer {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
            body,
        })
    }
}

#[async_trait]
impl Exchange for ProviderClient {
    async fn post(&self, request: ProviderRequest) -> Result<ProviderAnswer, ExchangeError> {
        // The client's own limit starts anew with each piece of the answer; this one does not.
        let exchange = tokio::time::timeout(TIMEOUT, self.exchange(request)).await;
        exchange.map_err(|_| ExchangeError::TimedOut)?
    }
}

/// Calls push services: public addresses alone, the very ones that were checked.
pub(super) struct PushServiceClient(Outbound);

impl PushServiceClient {
    /// `loopback` allows this machine.
    pub(super) const fn new(loopback: bool) -> Self {
        Self(Outbound::new(loopback))
    }
}

#[async_trait]
impl Exchange for PushServiceClient {
    async fn post(&self, request: ProviderRequest) -> Result<ProviderAnswer, ExchangeError> {
        let headers = headers(&request)?;
        // What a push service says beside its status is for people.
        let (status, headers) = self
            .0
            .exchange(&request.url, request.body.into(), headers)
            .await
            .map_err(|error| match error {
                OutboundError::Address => ExchangeError::Address,
                OutboundError::TimedOut => ExchangeError::TimedOut,
                _ => ExchangeError::Unreachable,
            })?;
        Ok(ProviderAnswer {
            status: status.as_u16(),
            retry_after: retry_after(&headers),
            body: Vec::new(),
        })
    }
}

/// Bearer values are marked, so that no client prints them.
fn headers(request: &ProviderRequest) -> Result<HeaderMap, ExchangeError> {
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let mut value = HeaderValue::from_str(value).map_err(|_| ExchangeError::Address)?;
        value.set_sensitive(*name == "authorization");
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

fn retry_after(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::RETRY_AFTER)?;
    Some(value.to_str().ok()?.to_owned())
}

fn failure(error: &reqwest::Error) -> ExchangeError {
    if error.is_timeout() {
        ExchangeError::TimedOut
    } else {
        ExchangeError::Unreachable
    }
}
