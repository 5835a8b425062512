//! The providers of one installation: each address goes to its own.

use async_trait::async_trait;
use idp_core::enrolment::PushAddress;
use idp_types::Timestamp;

use crate::apns::Apns;
use crate::fcm::Fcm;
use crate::sender::{Push, PushError, PushSender};
use crate::web_push::WebPush;

/// Those that are configured; without any, every phone asks by itself (`GET /auth/pending`).
#[derive(Default)]
pub struct Providers {
    /// Firebase Cloud Messaging.
    pub fcm: Option<Fcm>,
    /// Apple Push Notification service.
    pub apns: Option<Apns>,
    /// Web Push and UnifiedPush.
    pub web: Option<WebPush>,
}

#[async_trait]
impl PushSender for Providers {
    async fn send(&self, push: &Push, now: Timestamp) -> Result<(), PushError> {
        match (&push.address, &self.fcm, &self.apns, &self.web) {
            (PushAddress::Fcm { token }, Some(fcm), _, _) => fcm.send(token, push, now).await,
            (PushAddress::Apns { token }, _, Some(apns), _) => apns.send(token, push, now).await,
            (
                PushAddress::Webpush {
                    endpoint,
                    p256dh,
                    auth,
                },
                _,
                _,
                Some(web),
            ) => web.send((endpoint, p256dh, auth), push, now).await,
            _ => Err(PushError::NotConfigured),
        }
    }
}
