//! Waking phones: a push to every device that can get one, tried until its session ends, and never in anybody's way.
//!
//! A message is a task of its own in its provider's lane (`lane`): so many may wait there, so many are on their way at once, and a
//! circuit keeps them off a provider that is down, so that no provider delays another. `delivery` tries, waits and gives up;
//! `forget` takes an address that is gone off its device; `configured` reads keys and accounts, `exchange` has the sockets.
//!
//! | what | module | tests |
//! |---|---|---|
//! | the message, its encryption, the queue's end | this one | `tests/tests/login/modes.rs` |
//! | retries, deadlines, circuits (operations 3.7, row 22) | `delivery`, `lane` | `tests/tests/push/trouble.rs` |
//! | addresses that are gone | `forget` | `tests/tests/push/gone.rs` |
//! | push services that may be called (profile, Conventions) | `hosts` | `enrolment::push::tests` |
//! | keys, accounts, SIGHUP | `configured` | `tests/tests/push/files.rs` |

mod configured;
mod delivery;
mod exchange;
mod forget;
mod hosts;
mod lane;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use idp_core::approval::Session;
use idp_core::derive::Otp;
use idp_core::enrolment::{Device, Holder, PushAddress};
use idp_core::service::Service;
use idp_jose::{EcPublicKey, jwe};
use idp_push::{Push, PushBody, PushMessage, PushSender};
use idp_types::{DeviceId, TokenId};

pub use configured::{Configured, PushFileError};
pub(crate) use hosts::push_resource;

use self::hosts::service_of;
use self::lane::Lane;
use crate::app::App;
use crate::config::PushConfig;
use crate::crypto::random;

/// One push to one device of one holder.
pub(crate) struct Job {
    pub(crate) token_id: TokenId,
    pub(crate) device_id: DeviceId,
    pub(crate) push: Push,
}

/// Everything that pushes leave by.
pub struct Pushes {
    sender: Arc<dyn PushSender>,
    configured: Option<Arc<Configured>>,
    config: PushConfig,
    lanes: Mutex<BTreeMap<String, Arc<Lane>>>,
}

impl Pushes {
    /// By the providers that are configured, or by `sender` in their place.
    ///
    /// # Errors
    /// [`PushFileError`] when a file of the configuration cannot be used.
    pub fn open(
        config: &crate::config::Config,
        sender: Option<Arc<dyn PushSender>>,
    ) -> Result<Self, PushFileError> {
        let (sender, configured): (Arc<dyn PushSender>, _) = if let Some(sender) = sender {
            (sender, None)
        } else {
            let configured = Arc::new(Configured::open(config)?);
            (configured.clone(), Some(configured))
        };
        Ok(Self {
            sender,
            configured,
            config: config.push.clone(),
            lanes: Mutex::new(BTreeMap::new()),
        })
    }

    /// The providers, where the configuration named them.
    pub fn configured(&self) -> Option<&Arc<Configured>> {
        self.configured.as_ref()
    }

    /// Tries one message once, beside all lanes.
    ///
    /// # Errors
    /// What the provider says.
    pub(crate) async fn try_once(
        &self,
        push: &Push,
        now: idp_types::Timestamp,
    ) -> Result<(), idp_push::PushError> {
        self.sender.send(push, now).await
    }

    /// Whether some provider is not taking messages at present: phones are woken late, if at all.
    pub fn is_late(&self) -> bool {
        self.lanes().values().any(|lane| !lane.is_closed())
    }

    /// Messages that wait or are on their way, to all providers.
    pub(crate) fn waiting(&self) -> usize {
        self.lanes().values().map(|lane| lane.waiting()).sum()
    }

    /// Whether a kind of provider, or a push service of that kind, is left alone because it fails.
    pub(crate) fn is_open(&self, provider: &str) -> bool {
        let lanes = self.lanes();
        let mut kind = lanes.values().filter(|lane| lane.provider == provider);
        kind.any(|lane| !lane.is_closed())
    }

    fn lanes(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lane of an address: one for each provider, and among push services one for each entry of the allow-list.
    fn lane(&self, address: &PushAddress) -> Option<Arc<Lane>> {
        let (provider, name) = match address {
            PushAddress::None => return None,
            PushAddress::Fcm { .. } => ("fcm", "fcm".to_owned()),
            PushAddress::Apns { .. } => ("apns", "apns".to_owned()),
            PushAddress::Webpush { endpoint, .. } => ("webpush", service_of(endpoint, &self.config.web)),
        };
        let mut lanes = self.lanes();
        let lane = lanes
            .entry(name)
            .or_insert_with_key(|name| Arc::new(Lane::new(provider, name)));
        Some(lane.clone())
    }

    /// What an operator should know of a kind of provider.
    fn trouble(&self, provider: &str) -> Option<String> {
        let lanes = self.lanes();
        let open = lanes
            .iter()
            .filter(|(_, lane)| lane.provider == provider && !lane.is_closed());
        let names: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
        (!names.is_empty())
            .then(|| format!("{} takes no messages: phones ask by themselves", names.join(", ")))
    }
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
        let push = Push {
            address: device.push.clone(),
            message,
            session_id: session.id.clone(),
            expires_at: session.expires_at,
        };
        delivery::begin(
            app,
            Job {
                token_id: holder.token_id.clone(),
                device_id: device.device_id.clone(),
                push,
            },
        );
    }
}

/// A body that only the device reads, where it gave a key (profile 2).
pub(crate) fn message_for(device: &Device, body: &PushBody) -> Option<PushMessage> {
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
