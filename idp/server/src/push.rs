//! Pushes leave through a bounded queue: a slow provider delays nobody, a full queue means that phones ask by themselves.

use std::sync::Arc;

use idp_core::approval::Session;
use idp_core::derive::Otp;
use idp_core::enrolment::{Device, Holder, PushAddress};
use idp_core::service::Service;
use idp_jose::{EcPublicKey, jwe};
use idp_push::{PushBody, PushError, PushMessage};
use tokio::sync::mpsc;

use crate::app::App;
use crate::crypto::random;

/// One push to one device.
#[derive(Debug, Clone)]
pub struct PushJob {
    address: PushAddress,
    message: PushMessage,
}

/// Queues a push to every active device of the holder that has an address.
pub fn enqueue(app: &App, holder: &Holder, session: &Session, service: &Service, otp: &Otp) {
    let body = PushBody::of(session, service, otp);
    for device in holder
        .active_devices(app.now())
        .filter(|device| device.push != PushAddress::None)
    {
        let Some(message) = message_for(device, &body) else {
            continue;
        };
        let job = PushJob {
            address: device.push.clone(),
            message,
        };
        if app.pushes.try_send(job).is_err() {
            app.metrics.pushed(provider(&device.push), "queue_full");
            tracing::warn!("the push queue is full");
        }
    }
}

/// A body that only the device reads, where it gave a key (profile 2).
fn message_for(device: &Device, body: &PushBody) -> Option<PushMessage> {
    let Some(key) = &device.push_encryption_key else {
        return Some(PushMessage::Clear(body.clone()));
    };
    let recipient = EcPublicKey::from_sec1(&key.0).ok()?;
    let plaintext = serde_json::to_vec(body).ok()?;
    let randomness = jwe::EncryptionRandomness {
        scalar: random().ok()?.into(),
        iv: random().ok()?,
    };
    let encrypted = jwe::encrypt(
        &recipient,
        &jwe::JweHeader::new(jwe::ContentEncryption::A256Gcm),
        &plaintext,
        randomness,
    );
    encrypted.ok().map(PushMessage::Encrypted)
}

/// Sends what is queued until the queue closes.
pub async fn run(app: Arc<App>, mut jobs: mpsc::Receiver<PushJob>) {
    while let Some(job) = jobs.recv().await {
        let sent = app.push_sender.send(&job.address, &job.message).await;
        app.metrics.pushed(provider(&job.address), outcome(sent));
        match sent {
            Ok(()) | Err(PushError::NotConfigured) => {}
            Err(error) => tracing::info!(%error, "a push was not delivered"),
        }
    }
}

/// The provider of an address, as a label.
fn provider(address: &PushAddress) -> &'static str {
    match address {
        PushAddress::None => "none",
        PushAddress::Fcm { .. } => "fcm",
        PushAddress::Apns { .. } => "apns",
        PushAddress::Webpush { .. } => "webpush",
    }
}

/// What came of a push, as a label.
fn outcome(sent: Result<(), PushError>) -> &'static str {
    match sent {
        Ok(()) => "sent",
        Err(PushError::NotConfigured) => "not_configured",
        Err(PushError::Gone) => "gone",
        Err(_) => "failed",
    }
}
