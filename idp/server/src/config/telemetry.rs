//! `[metrics]` and `[traces]`: what operators see.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// `[metrics]`: numbers for Prometheus.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawMetrics {
    /// The address and port of `/metrics`, such as `127.0.0.1:9464`: one that the world does not reach, because nobody is asked who they are.
    /// Not served unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub listen: Option<String>,
}

/// `[traces]`: spans for OpenTelemetry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTraces {
    /// The collector that spans are sent to by OTLP over HTTP, such as `http://127.0.0.1:4318`; `/v1/traces` is added. None are made unless
    /// named. `OTEL_EXPORTER_OTLP_HEADERS` adds headers, for collectors that want a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub otlp_endpoint: Option<String>,
    /// How many of a thousand requests are traced that bring no trace along; those that do are traced if theirs is.
    #[schemars(range(min = 0, max = 1_000))]
    pub sample_per_thousand: u32,
}

impl Default for RawTraces {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            sample_per_thousand: 1_000,
        }
    }
}

/// Where metrics are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetricsConfig {
    /// The address, if they are.
    pub listen: Option<SocketAddr>,
}

/// Where traces go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TracesConfig {
    /// The collector's address with its path, if there is one.
    pub otlp_endpoint: Option<String>,
    /// Of a thousand requests.
    pub sample_per_thousand: u32,
}

/// What both tables mean.
pub(super) fn of(
    metrics: &RawMetrics,
    traces: RawTraces,
    errors: &mut Vec<ConfigError>,
) -> (MetricsConfig, TracesConfig) {
    (
        MetricsConfig::of(metrics, errors),
        TracesConfig::of(traces, errors),
    )
}

impl MetricsConfig {
    /// What the table means.
    fn of(raw: &RawMetrics, errors: &mut Vec<ConfigError>) -> Self {
        let listen = raw.listen.as_deref().and_then(|text| {
            let parsed = text.parse();
            let fix = "write an address and a port, such as `127.0.0.1:9464`";
            let problem = "is not an IP address with a port";
            let refuse = |_| errors.push(ConfigError::new("metrics.listen", problem, fix));
            parsed.map_err(refuse).ok()
        });
        Self { listen }
    }
}

impl TracesConfig {
    /// What the table means.
    fn of(raw: RawTraces, errors: &mut Vec<ConfigError>) -> Self {
        let otlp_endpoint = raw.otlp_endpoint.and_then(|text| {
            let whole = endpoint(&text);
            if whole.is_none() {
                let fix = "write the collector's address, such as `http://127.0.0.1:4318`";
                errors.push(ConfigError::new(
                    "traces.otlp_endpoint",
                    "is not an http or https URL",
                    fix,
                ));
            }
            whole
        });
        Self {
            otlp_endpoint,
            sample_per_thousand: raw.sample_per_thousand,
        }
    }
}

/// OTLP 1.x, "OTLP/HTTP Request": the path of spans below the collector's address.
fn endpoint(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (is_http && is_plain).then(|| {
        let base = text.trim_end_matches('/');
        let base = base.strip_suffix("/v1/traces").unwrap_or(base);
        format!("{base}/v1/traces")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_spans_is_added_once() {
        for text in ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces"] {
            assert_eq!(
                endpoint(text).as_deref(),
                Some("http://c:4318/v1/traces"),
                "{text}"
            );
        }
        for text in ["c:4318", "ftp://c", "http://user:word@c", "http://c?x=1", ""] {
            assert_eq!(endpoint(text), None, "{text}");
        }
    }
}
