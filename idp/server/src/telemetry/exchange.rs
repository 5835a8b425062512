//! One request and its answer, as operators see them: an id, a span, a line of the log, a count, a time.

use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderValue, Method};
use tokio::time::Instant;
use tracing::Span;

use super::metrics::{AnswerLabels, Metrics, RouteLabels};
use super::{identity, traces};

/// What the route of a request is called that none is for.
const UNMATCHED: &str = "unmatched";

/// A request under way.
pub(crate) struct Exchange {
    id: Arc<str>,
    span: Span,
    method: &'static str,
    route: String,
    begun: Instant,
}

impl Exchange {
    /// A request that begins. Its route is the pattern that it matched: what was written instead of the pattern's names may be anybody's.
    pub(crate) fn begin(request: &Request) -> Self {
        let method = method(request.method());
        let matched = request.extensions().get::<MatchedPath>();
        let route = matched.map_or(UNMATCHED, MatchedPath::as_str).to_owned();
        let headers = request.headers();
        let span = tracing::info_span!(
            "request",
            "otel.kind" = "server",
            request_id = tracing::field::Empty,
            trace_id = tracing::field::Empty
        );
        let traced = traces::begin(&span, headers, method, &route);
        let trace = traced.as_deref().or_else(|| identity::trace(headers));
        if let Some(trace) = trace {
            span.record("trace_id", trace);
        }
        let id = identity::given(headers).or_else(|| trace.map(Arc::from));
        let id = id.unwrap_or_else(identity::fresh);
        span.record("request_id", &*id);
        Self {
            id,
            span,
            method,
            route,
            begun: Instant::now(),
        }
    }

    /// Its id.
    pub(crate) fn id(&self) -> Arc<str> {
        self.id.clone()
    }

    /// What is done for it belongs in here.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Counts the answer, logs it and gives it the id.
    pub(crate) fn end(self, metrics: &Metrics, response: &mut Response) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            response.headers_mut().insert(identity::REQUEST_ID, id);
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        let status = response.status().as_u16();
        traces::end(&self.span, status);
        self.log(status, seconds, response.body().size_hint().exact());
        let (method, route) = (self.method, self.route);
        let answers = AnswerLabels {
            method,
            route: route.clone(),
            status,
        };
        metrics.requests.get_or_create(&answers).inc();
        let timings = metrics
            .request_seconds
            .get_or_create_owned(&RouteLabels { method, route });
        timings.observe(seconds);
    }

    /// One line. Probes come every few seconds for ever: they are seen by those who want to see everything.
    fn log(&self, status: u16, seconds: f64, bytes: Option<u64>) {
        let (method, route) = (self.method, self.route.as_str());
        let milliseconds = (seconds * 1e6).round() / 1e3;
        let _entered = self.span.enter();
        if route.starts_with("/health") {
            tracing::debug!(target: "access", method, route, status, milliseconds, bytes, "answered");
        } else {
            tracing::info!(target: "access", method, route, status, milliseconds, bytes, "answered");
        }
    }
}

/// The methods that are known; others are one, or strangers would make series.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
