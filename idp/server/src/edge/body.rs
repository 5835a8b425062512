//! Request bodies, read whole within a size and a time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as HttpBody;

/// Why a body could not be read. It is the client's fault each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// Longer than the limit: 413 (RFC 9110 section 15.5.14).
    #[error("the request body is too large")]
    TooLarge,
    /// Not complete in time: 408 (RFC 9110 section 15.5.9).
    #[error("the request body did not arrive in time")]
    TimedOut,
    /// Ended early or not in valid chunks: 400.
    #[error("the request body is broken")]
    Broken,
}

/// Reads the whole body.
///
/// A body that announces more than `limit` bytes in Content-Length is refused before any of it is read, and before a client that
/// expects `100 Continue` is told to send it.
///
/// # Errors
/// [`BodyError`].
pub async fn read(body: Body, limit: usize, timeout: Duration) -> Result<Bytes, BodyError> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(BodyError::TooLarge);
    }
    tokio::time::timeout(timeout, collect(body, limit))
        .await
        .unwrap_or(Err(BodyError::TimedOut))
}

/// Most bodies are one frame, which is passed on as it is. More are copied together: keeping each would let a body of one-byte
/// chunks hold many times its size.
async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let mut whole = Bytes::new();
    let mut copied = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else {
            continue;
        };
        if whole.len() + copied.len() + data.len() > limit {
            return Err(BodyError::TooLarge);
        }
        if whole.is_empty() && copied.is_empty() {
            whole = data;
        } else {
            copied.extend_from_slice(&whole);
            copied.extend_from_slice(&data);
            whole = Bytes::new();
        }
    }
    Ok(if copied.is_empty() { whole } else { copied.freeze() })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn frames(frames: &[&'static [u8]]) -> Body {
        let frames: Vec<_> = frames
            .iter()
            .map(|frame| Ok::<_, Infallible>(Bytes::from_static(frame)))
            .collect();
        Body::from_stream(stream::iter(frames))
    }

    #[tokio::test]
    async fn a_body_of_the_limit_is_read_whole_in_any_number_of_frames() {
        assert_eq!(read(Body::from("12345678"), 8, SECOND).await.unwrap(), "12345678");
        assert_eq!(
            read(frames(&[b"12", b"", b"345", b"678"]), 8, SECOND)
                .await
                .unwrap(),
            "12345678"
        );
        assert_eq!(read(Body::empty(), 0, SECOND).await.unwrap(), "");
    }

    #[tokio::test]
    async fn one_byte_more_is_refused() {
        assert_eq!(
            read(Body::from("123456789"), 8, SECOND).await,
            Err(BodyError::TooLarge)
        );
        assert_eq!(
            read(frames(&[b"12345678", b"9"]), 8, SECOND).await,
            Err(BodyError::TooLarge)
        );
    }

    #[tokio::test]
    async fn a_body_that_stops_is_given_up() {
        let silent = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(
            read(silent, 8, Duration::from_millis(5)).await,
            Err(BodyError::TimedOut)
        );
    }

    #[tokio::test]
    async fn a_body_that_breaks_is_said_to() {
        let broken = Body::from_stream(stream::iter([
            Ok(Bytes::from_static(b"1")),
            Err(std::io::Error::other("x")),
        ]));
        assert_eq!(read(broken, 8, SECOND).await, Err(BodyError::Broken));
    }
}
