//! What the crate wants said over HTTP, and what came back. Whoever implements [`Exchange`] has the sockets, the time limits and
//! the rules about which addresses may be called.

use async_trait::async_trait;
use idp_types::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::sender::PushError;

/// The most octets of an answer that are read. The longest that a provider documents has a few hundred.
pub const ANSWER_LIMIT: usize = 16 * 1024;

/// The longest wait that is believed, in seconds: no push is of use after it.
const LONGEST_WAIT: u32 = 3600;

/// A POST.
#[derive(Clone)]
pub struct ProviderRequest {
    /// An absolute address.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for ProviderRequest {
    /// Addresses, tokens and bodies are bearer values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProviderRequest({} bytes)", self.body.len())
    }
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct ProviderAnswer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, as it was written.
    pub retry_after: Option<String>,
    /// The body, at most [`ANSWER_LIMIT`] octets.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The address may not be called.
    #[error("the address may not be called")]
    Address,
    /// No connection, or no whole answer.
    #[error("the provider does not answer")]
    Unreachable,
    /// The time was over.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// The answer is longer than [`ANSWER_LIMIT`].
    #[error("the answer is too long")]
    TooLarge,
}

/// Calls one provider. Follows no redirect.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// One POST and its answer, whatever the status.
    ///
    /// # Errors
    /// [`ExchangeError`].
    async fn post(&self, request: ProviderRequest) -> Result<ProviderAnswer, ExchangeError>;
}

impl From<ExchangeError> for PushError {
    fn from(error: ExchangeError) -> Self {
        let reason = match error {
            ExchangeError::Address => return Self::Refused("address"),
            ExchangeError::Unreachable => "unreachable",
            ExchangeError::TimedOut => "timed_out",
            ExchangeError::TooLarge => "answer_too_long",
        };
        Self::Unavailable {
            reason,
            retry_after: None,
        }
    }
}

impl ProviderAnswer {
    /// Seconds that the provider asks to wait (RFC 9110 10.2.3: seconds or a date).
    pub(crate) fn wait(&self, now: Timestamp) -> Option<u32> {
        let text = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return Some(seconds.min(LONGEST_WAIT));
        }
        let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        let seconds = at.unix_timestamp().saturating_sub(now.unix_seconds());
        u32::try_from(seconds.max(0))
            .ok()
            .map(|seconds| seconds.min(LONGEST_WAIT))
    }

    pub(crate) fn unavailable(&self, reason: &'static str, now: Timestamp) -> PushError {
        PushError::Unavailable {
            reason,
            retry_after: self.wait(now),
        }
    }

    pub(crate) fn throttled(&self, reason: &'static str, now: Timestamp) -> PushError {
        PushError::Throttled {
            reason,
            retry_after: self.wait(now),
        }
    }
}

/// The documented word that a provider used: what is logged never comes from outside.
pub(crate) fn documented(word: &str, known: &[&'static str]) -> &'static str {
    known
        .iter()
        .find(|known| **known == word)
        .copied()
        .unwrap_or("undocumented")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9110_10_2_3_seconds_and_dates() {
        let now = Timestamp::from_unix_seconds(784_111_777);
        let wait = |text: &str| {
            let answer = ProviderAnswer {
                retry_after: Some(text.to_owned()),
                ..ProviderAnswer::default()
            };
            answer.wait(now)
        };
        for (text, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("99999999", Some(LONGEST_WAIT)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(wait(text), seconds, "{text}");
        }
    }
}
