//! The access token of a service account (RFC 7523 section 2.1): kept, renewed before it ends, asked for by one message at a time.

use std::sync::{Arc, Mutex, PoisonError};

use form_urlencoded::Serializer;
use idp_jose::Algorithm;
use idp_jose::jws::Header;
use idp_types::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

use super::ServiceAccount;
use crate::exchange::{Exchange, ProviderRequest};
use crate::sender::PushError;
use crate::token::{TokenSigner, signed};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Seconds that an assertion is valid: the most that Google takes.
const ASSERTION_SECONDS: i64 = 3600;
/// Seconds before its end at which a token is renewed.
const AHEAD_SECONDS: i64 = 300;

#[derive(Clone)]
struct Token {
    text: Arc<Zeroizing<String>>,
    renew_at: Timestamp,
    ends_at: Timestamp,
}

/// The access tokens of one account.
pub(super) struct AccessTokens {
    exchange: Arc<dyn Exchange>,
    signer: Arc<dyn TokenSigner>,
    account: ServiceAccount,
    kept: Mutex<Option<Token>>,
    /// Held by whoever asks Google.
    asking: tokio::sync::Mutex<()>,
}

impl AccessTokens {
    pub(super) fn new(
        exchange: Arc<dyn Exchange>,
        signer: Arc<dyn TokenSigner>,
        account: ServiceAccount,
    ) -> Self {
        Self {
            exchange,
            signer,
            account,
            kept: Mutex::new(None),
            asking: tokio::sync::Mutex::new(()),
        }
    }

    fn kept(&self, now: Timestamp) -> Option<Token> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        kept.filter(|token| now < token.ends_at)
    }

    /// A token that is valid at `now`. While a new one is asked for, the old one serves everybody else.
    pub(super) async fn current(&self, now: Timestamp) -> Result<Arc<Zeroizing<String>>, PushError> {
        let Some(token) = self.kept(now) else {
            let _turn = self.asking.lock().await;
            return match self.kept(now) {
                Some(token) => Ok(token.text),
                None => self.renew(now).await,
            };
        };
        if now < token.renew_at {
            return Ok(token.text);
        }
        let Ok(_turn) = self.asking.try_lock() else {
            return Ok(token.text);
        };
        // Somebody may have renewed it just before.
        match self.kept(now).filter(|kept| now < kept.renew_at) {
            Some(renewed) => Ok(renewed.text),
            None => self.renew(now).await.or(Ok(token.text)),
        }
    }

    /// A token that Google refused is not used again.
    pub(super) fn forget(&self, refused: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|token| token.text.as_str() == refused) {
            *kept = None;
        }
    }

    async fn renew(&self, now: Timestamp) -> Result<Arc<Zeroizing<String>>, PushError> {
        let iat = now.unix_seconds();
        let claims = json!({"iss": self.account.client_email, "scope": SCOPE, "aud": self.account.token_uri,
            "iat": iat, "exp": iat.saturating_add(ASSERTION_SECONDS)});
        let header = Header::new(Algorithm::Rs256)
            .with_kid(self.account.private_key_id.as_str())
            .with_typ("JWT");
        let assertion = signed(&*self.signer, header, &claims).await?;
        let body = Serializer::new(String::new())
            .append_pair("grant_type", GRANT)
            .append_pair("assertion", &assertion)
            .finish();
        let form = "application/x-www-form-urlencoded".to_owned();
        let request = ProviderRequest {
            url: self.account.token_uri.clone(),
            headers: vec![("content-type", form)],
            body: body.into_bytes(),
        };
        let answer = self.exchange.post(request).await?;
        let (text, seconds) = super::access_token(&answer, now)?;
        let token = Token {
            text: Arc::new(text),
            renew_at: now.plus_seconds((seconds - AHEAD_SECONDS).max(seconds / 2)),
            ends_at: now.plus_seconds(seconds),
        };
        let text = token.text.clone();
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(text)
    }
}
