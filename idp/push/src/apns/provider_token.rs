//! The provider token (Apple, "Establishing a token-based connection to APNs"): renewed no more often than every 20 minutes and no
//! less often than every 60.

use std::sync::{Arc, Mutex, PoisonError};

use idp_jose::Algorithm;
use idp_jose::jws::Header;
use idp_types::Timestamp;
use serde_json::json;

use crate::sender::PushError;
use crate::token::{TokenSigner, signed};

/// Seconds after which a token is renewed.
const RENEW_SECONDS: i64 = 40 * 60;
/// Seconds before which Apple takes no other.
const LEAST_SECONDS: i64 = 20 * 60;

#[derive(Clone)]
struct Token {
    text: Arc<str>,
    made_at: Timestamp,
}

/// The provider tokens of one key.
pub(super) struct ProviderTokens {
    signer: Arc<dyn TokenSigner>,
    key_id: String,
    team_id: String,
    kept: Mutex<Option<Token>>,
}

impl ProviderTokens {
    pub(super) const fn new(signer: Arc<dyn TokenSigner>, key_id: String, team_id: String) -> Self {
        Self {
            signer,
            key_id,
            team_id,
            kept: Mutex::new(None),
        }
    }

    fn kept(&self) -> Option<Token> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The token in use at `now`.
    pub(super) async fn current(&self, now: Timestamp) -> Result<Arc<str>, PushError> {
        match self.kept().filter(|token| age(token, now) < RENEW_SECONDS) {
            Some(token) => Ok(token.text),
            None => self.make(now).await,
        }
    }

    /// Another token than the one that Apple called expired; none where it is too young, because then the clock is wrong and another
    /// one would only be refused for coming too soon.
    pub(super) async fn renewed(&self, refused: &str, now: Timestamp) -> Result<Option<Arc<str>>, PushError> {
        match self.kept() {
            Some(token) if *token.text != *refused => Ok(Some(token.text)),
            Some(token) if age(&token, now) < LEAST_SECONDS => Ok(None),
            _ => self.make(now).await.map(Some),
        }
    }

    async fn make(&self, now: Timestamp) -> Result<Arc<str>, PushError> {
        let header = Header::new(Algorithm::Es256).with_kid(self.key_id.as_str());
        let claims = json!({"iss": self.team_id, "iat": now.unix_seconds()});
        let text: Arc<str> = signed(&*self.signer, header, &claims).await?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Two messages at once sign twice; the first that is kept serves both.
        if let Some(token) = kept.as_ref().filter(|token| token.made_at == now) {
            return Ok(token.text.clone());
        }
        *kept = Some(Token {
            text: text.clone(),
            made_at: now,
        });
        Ok(text)
    }
}

/// Seconds; a clock that went back makes a token young again, and Apple then says what it thinks of it.
fn age(token: &Token, now: Timestamp) -> i64 {
    now.millis_since(token.made_at) / 1000
}
