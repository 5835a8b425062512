//! W3C Trace Context, in and out. Where no collector is named there are no traces, and all of this finds nothing to do.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Begins the trace of a request, or goes on with the one that it brings; the trace's id. Attributes are the stable ones of the semantic
/// conventions for HTTP servers, as far as they say nothing of who asks.
pub(super) fn begin(span: &Span, headers: &HeaderMap, method: &'static str, route: &str) -> Option<String> {
    let parent =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    if parent.span().span_context().is_valid() {
        // Without a layer for traces there is nothing to set it on.
        let _ = span.set_parent(parent);
    }
    let context = span.context();
    let trace = context.span();
    let id = trace.span_context().trace_id();
    if !trace.span_context().is_valid() {
        return None;
    }
    trace.update_name(format!("{method} {route}"));
    trace.set_attribute(KeyValue::new("http.request.method", method));
    trace.set_attribute(KeyValue::new("http.route", route.to_owned()));
    Some(id.to_string())
}

/// Ends it with the answer's status.
pub(super) fn end(span: &Span, status: u16) {
    let context = span.context();
    let trace = context.span();
    if trace.is_recording() {
        trace.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            trace.set_status(Status::error(""));
        }
    }
}

/// Tells whoever is called of the trace that the call belongs to.
pub(crate) fn propagate(headers: &mut HeaderMap) {
    let context = Span::current().context();
    if context.span().span_context().is_valid() {
        TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(headers));
    }
}
