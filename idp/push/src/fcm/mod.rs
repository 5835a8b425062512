//! Firebase Cloud Messaging, HTTP v1: `POST /v1/projects/{project}/messages:send`.
//!
//! A message is data alone on Android, of high priority, and lives no longer than its session. An iPhone that registered with Firebase
//! gets an alert that says only that a request waits.

mod access;
mod account;
mod answer;
mod message;

use std::sync::Arc;

use idp_types::Timestamp;

pub use account::{AccountError, ServiceAccount};
pub(crate) use answer::{access_token, judge};

use self::access::AccessTokens;
use crate::exchange::{Exchange, ProviderRequest};
use crate::sender::{Push, PushError};
use crate::token::TokenSigner;

/// Google's own address.
pub const ENDPOINT: &str = "https://fcm.googleapis.com";

/// Sends for one project.
pub struct Fcm {
    exchange: Arc<dyn Exchange>,
    address: String,
    alert: String,
    access: AccessTokens,
}

/// What a sender for one project needs.
pub struct FcmParts {
    /// Calls Google.
    pub exchange: Arc<dyn Exchange>,
    /// Signs with the account's key, RS256.
    pub signer: Arc<dyn TokenSigner>,
    /// Who this server is.
    pub account: ServiceAccount,
    /// Scheme and host, [`ENDPOINT`] as a rule.
    pub endpoint: String,
    /// What an iPhone shows.
    pub alert: String,
}

impl Fcm {
    /// A sender.
    pub fn new(parts: FcmParts) -> Self {
        let project = &parts.account.project_id;
        Self {
            address: format!("{}/v1/projects/{project}/messages:send", parts.endpoint),
            access: AccessTokens::new(parts.exchange.clone(), parts.signer, parts.account),
            exchange: parts.exchange,
            alert: parts.alert,
        }
    }

    /// Sends to a registration token.
    pub(crate) async fn send(&self, token: &str, push: &Push, now: Timestamp) -> Result<(), PushError> {
        let body = message::body(token, push, &self.alert, now);
        let access = self.access.current(now).await?;
        let (first, is_unauthenticated) = self.attempt(&body, &access, now).await?;
        if !is_unauthenticated {
            return first;
        }
        // Google ended the token before its time: once more with a new one.
        self.access.forget(&access);
        let access = self.access.current(now).await?;
        self.attempt(&body, &access, now).await?.0
    }

    /// What came of one request, and whether the access token was refused.
    async fn attempt(
        &self,
        body: &[u8],
        access: &str,
        now: Timestamp,
    ) -> Result<(Result<(), PushError>, bool), PushError> {
        let request = ProviderRequest {
            url: self.address.clone(),
            headers: vec![
                ("authorization", format!("Bearer {access}")),
                ("content-type", "application/json".to_owned()),
            ],
            body: body.to_vec(),
        };
        let answer = self.exchange.post(request).await?;
        let judged = judge(&answer, now);
        let is_unauthenticated = judged == Err(PushError::Unauthorized("UNAUTHENTICATED"));
        Ok((judged, is_unauthenticated))
    }
}
