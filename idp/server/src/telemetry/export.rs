//! Spans on their way to a collector: OTLP over HTTP with protobuf, by the client that the server has anyway.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config::TracesConfig;

/// For one batch, and for the last one.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The server's name in traces, unless `OTEL_SERVICE_NAME` gives another.
const SERVICE: &str = "idp";

/// Spans of this program alone are sent; a library's might say what it was given.
const OURS: &str = "idp_";

/// Sends spans in batches, from a thread of its own.
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Where a collector is named. One that cannot be reached costs spans, and no request.
    pub(super) fn start(config: &TracesConfig) -> Option<Self> {
        let endpoint = config.otlp_endpoint.as_deref()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new()?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_timeout(TIMEOUT)
            .build();
        let exporter = exporter
            .map_err(|error| tracing::error!(%error, "spans cannot be sent"))
            .ok()?;
        let ratio = f64::from(config.sample_per_thousand) / 1000.0;
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
        let mut resource = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE);
        }
        let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource.with_attribute(version).build())
            .build();
        Some(Self(provider))
    }

    /// What makes spans of the program's own.
    pub(super) fn layer<S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync>(
        &self,
    ) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            .with_filter(filter_fn(|metadata| {
                metadata.is_span() && metadata.target().starts_with(OURS)
            }))
    }

    /// Sends what is left.
    pub(super) async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(TIMEOUT)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans were not sent");
        }
    }
}

/// The client of the exporter. Its thread is none of the runtime's, so requests are done by a task.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

impl Client {
    fn new() -> Option<Self> {
        // Installed before by another client of this process: the same provider.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build();
        let client = client
            .map_err(|error| tracing::error!(%error, "spans cannot be sent"))
            .ok()?;
        Some(Self {
            client,
            runtime: Handle::try_current().ok()?,
        })
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = async move {
            let answer = client.execute(request.try_into()?).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok::<_, reqwest::Error>(response)
        };
        Ok(self.runtime.spawn(exchange).await??)
    }
}
