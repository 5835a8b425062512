//! The id of a request: in its answer, in its problem, in every line of the log and, where there are traces, the id of its trace.

use std::future::Future;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use idp_types::encoding::lowerhex;

use crate::crypto::random;

/// The header that carries it, both ways. The edge takes it away from whoever is not a trusted proxy.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// W3C Trace Context 3.2.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// W3C Trace Context 3.3.
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The longest id that is accepted.
const LIMIT: usize = 64;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// Does the work of a request under its id.
pub(crate) async fn under<T>(id: Arc<str>, work: impl Future<Output = T>) -> T {
    CURRENT.scope(id, work).await
}

/// The id of the request that this is done for.
pub(crate) fn current() -> Option<Arc<str>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// The id that a proxy gave, if it is one: nothing in it can break a line of a log.
pub(super) fn given(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_id = (1..=LIMIT).contains(&text.len()) && text.bytes().all(permitted);
    is_id.then(|| text.into())
}

/// The trace that a proxy's `traceparent` names (3.2.2): `version-traceid-parentid-flags`.
pub(super) fn trace(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let is_hex = |text: &&str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_set = |text: &&str| text.bytes().any(|byte| byte != b'0');
    let mut parts = text.split('-');
    let version = parts.next().filter(|part| part.len() == 2 && *part != "ff");
    let trace = parts.next().filter(|part| part.len() == 32).filter(is_set);
    let parent = parts.next().filter(|part| part.len() == 16).filter(is_set);
    let flags = parts.next().filter(|part| part.len() == 2);
    let whole = [version?, trace?, parent?, flags?];
    whole.iter().all(is_hex).then_some(trace).flatten()
}

/// A new id, 128 random bits as a trace has; empty where the system gives no randomness, which the log tells.
pub(super) fn fresh() -> Arc<str> {
    random::<16>()
        .map(|bytes| lowerhex(&bytes).into())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn trace_context_3_2_is_read_strictly() {
        assert_eq!(
            trace(&with(TRACEPARENT, GOOD)),
            Some("4bf92f3577b34da6a3ce929d0e0e4736")
        );
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace(&with(TRACEPARENT, bad)), None, "{bad}");
        }
    }

    #[test]
    fn an_id_is_short_and_plain() {
        assert_eq!(given(&with(REQUEST_ID, "a-B_9.z")).as_deref(), Some("a-B_9.z"));
        for bad in ["", "a b", "a\"b", "{}", &"x".repeat(LIMIT + 1)] {
            assert_eq!(given(&with(REQUEST_ID, bad)), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "[ -~]{0,80}") {
            given(&with(REQUEST_ID, &text));
            trace(&with(TRACEPARENT, &text));
        }
    }
}
