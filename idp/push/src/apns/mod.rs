//! Apple Push Notification service: `POST /3/device/{token}` over HTTP/2.
//!
//! An alert says only that a request waits; what it is about travels beside it, for the app alone. A background notification wakes the
//! app and shows nothing, which Apple delivers at its leisure: for apps that ask for it.

mod answer;
mod provider_token;

use std::sync::Arc;

use idp_types::Timestamp;
use serde_json::{Map, Value, json};

pub(crate) use answer::judge;

use self::answer::EXPIRED;
use self::provider_token::ProviderTokens;
use crate::exchange::{Exchange, ProviderRequest};
use crate::sender::{Push, PushError};
use crate::token::TokenSigner;

/// Where apps of the store get their notifications from.
pub const PRODUCTION: &str = "https://api.push.apple.com";
/// Where apps under development get theirs from.
pub const SANDBOX: &str = "https://api.sandbox.push.apple.com";

/// `apns-collapse-id` has at most so many bytes.
const COLLAPSE_LIMIT: usize = 64;

/// How an iPhone is woken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PushType {
    /// Something is shown.
    #[default]
    Alert,
    /// Nothing is.
    Background,
}

/// What a sender for one app needs.
pub struct ApnsParts {
    /// Calls Apple, over HTTP/2.
    pub exchange: Arc<dyn Exchange>,
    /// Signs with the `.p8` key, ES256.
    pub signer: Arc<dyn TokenSigner>,
    /// The ten characters of the key.
    pub key_id: String,
    /// The ten characters of the team.
    pub team_id: String,
    /// The app's bundle.
    pub topic: String,
    /// Scheme and host: [`PRODUCTION`] or [`SANDBOX`].
    pub endpoint: String,
    /// How the phone is woken.
    pub push_type: PushType,
    /// What it shows.
    pub alert: String,
}

/// Sends for one app.
pub struct Apns {
    exchange: Arc<dyn Exchange>,
    tokens: ProviderTokens,
    endpoint: String,
    topic: String,
    push_type: PushType,
    alert: String,
}

impl Apns {
    /// A sender.
    pub fn new(parts: ApnsParts) -> Self {
        Self {
            exchange: parts.exchange,
            tokens: ProviderTokens::new(parts.signer, parts.key_id, parts.team_id),
            endpoint: parts.endpoint,
            topic: parts.topic,
            push_type: parts.push_type,
            alert: parts.alert,
        }
    }

    /// Sends to a device token.
    pub(crate) async fn send(&self, token: &str, push: &Push, now: Timestamp) -> Result<(), PushError> {
        let provider_token = self.tokens.current(now).await?;
        let first = self.attempt(token, push, &provider_token, now).await;
        if first != Err(PushError::Unauthorized(EXPIRED)) {
            return first;
        }
        match self.tokens.renewed(&provider_token, now).await? {
            Some(renewed) => self.attempt(token, push, &renewed, now).await,
            None => first,
        }
    }

    async fn attempt(
        &self,
        token: &str,
        push: &Push,
        provider_token: &str,
        now: Timestamp,
    ) -> Result<(), PushError> {
        let request = ProviderRequest {
            url: format!("{}/3/device/{token}", self.endpoint),
            headers: self.headers(push, provider_token),
            body: self.payload(push),
        };
        judge(&self.exchange.post(request).await?, now)
    }

    fn headers(&self, push: &Push, provider_token: &str) -> Vec<(&'static str, String)> {
        let (kind, priority) = match self.push_type {
            PushType::Alert => ("alert", "10"),
            // Apple refuses any other priority for it.
            PushType::Background => ("background", "5"),
        };
        let mut headers = vec![
            ("authorization", format!("bearer {provider_token}")),
            ("content-type", "application/json".to_owned()),
            ("apns-topic", self.topic.clone()),
            ("apns-push-type", kind.to_owned()),
            ("apns-priority", priority.to_owned()),
            ("apns-expiration", push.expires_at.unix_seconds().to_string()),
        ];
        if push.session_id.as_str().len() <= COLLAPSE_LIMIT {
            headers.push(("apns-collapse-id", push.session_id.to_string()));
        }
        headers
    }

    fn payload(&self, push: &Push) -> Vec<u8> {
        let aps = match self.push_type {
            PushType::Alert => {
                json!({"alert": {"body": self.alert}, "sound": "default", "mutable-content": 1})
            }
            PushType::Background => json!({"content-available": 1}),
        };
        let mut payload = Map::from_iter([("aps".to_owned(), aps)]);
        payload.extend(push.message.members());
        Value::Object(payload).to_string().into_bytes()
    }
}
