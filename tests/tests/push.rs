//! Issue 4, point 6, and operations 3.7, rows 12 and 22: phones are woken by real HTTP requests to providers that answer as they are
//! documented to, and a provider that does not answer costs nobody a login.

mod apns;
mod command;
mod fcm;
mod gone;
mod trouble;
mod web;

use std::path::{Path, PathBuf};

use idp_authenticator::PushRegistration;
use idp_authenticator::push::PushChannel;
use idp_jose::jws::{self, Expectation, Verified};
use idp_jose::{PublicKey, RsaPublicKey};
use idp_push::PushAddress;
use idp_server::config::{Config, FcmConfig};
use idp_server::crypto::AwsVerifier;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    Browser, Enrolling, Holder, Invented, Login, Phone, Provider, Registered, Registration, Said, TestServer,
};

/// A device token as Apple's look.
const APPLE_TOKEN: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

/// A server with its providers, and a phone that one of them wakes.
pub(crate) struct Scene {
    pub(crate) server: TestServer,
    pub(crate) service: Registered,
    pub(crate) holder: Holder,
    pub(crate) phone: Phone,
}

impl Scene {
    pub(crate) async fn new(channel: PushChannel, change: impl FnOnce(&mut Config)) -> Self {
        let server = TestServer::start_with(change).await;
        let service = Registration::public().register(&server).await;
        let holder = server.issue(Invented::jean());
        let enrolling = Enrolling {
            push: Some(registration(channel)),
            ..Enrolling::new("phone")
        };
        let phone = Phone::enrol_as(&server, &holder, enrolling).await.unwrap();
        Self {
            server,
            service,
            holder,
            phone,
        }
    }

    /// With a phone of Firebase's.
    pub(crate) async fn of_google(google: &Google, change: impl FnOnce(&mut Config)) -> Self {
        let channel = PushChannel::Fcm {
            token: "device-token".to_owned(),
        };
        Self::new(channel, |config| {
            config.push.fcm = Some(google.config());
            change(config);
        })
        .await
    }

    pub(crate) async fn initiate(&self) -> Login {
        self.service
            .initiate(&self.server, self.holder.token_id.as_str())
            .await
    }

    /// The phone approves, and the browser that waits hears of it.
    pub(crate) async fn approve(&self, login: &Login) {
        let mut browser = Browser::open(&self.server, login).await;
        browser.expect("otp_ready").await;
        self.phone.approve(&self.phone.only().await).await.expect(200);
        browser.expect("approved").await;
    }

    /// Where the server sends the phone's pushes.
    pub(crate) async fn address(&self) -> PushAddress {
        let found = self.server.app.durable.holder(&self.holder.token_id).await;
        let holder = found.unwrap().unwrap();
        holder.value.devices.first().unwrap().push.clone()
    }

    /// Waits until the server has forgotten where the phone is.
    pub(crate) async fn forgotten(&self) {
        let waiting = async {
            while self.address().await != PushAddress::None {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, waiting)
            .await
            .expect("an address that is gone is forgotten");
    }
}

pub(crate) fn registration(channel: PushChannel) -> PushRegistration {
    PushRegistration {
        channel,
        encryption_key: None,
    }
}

/// A token that was signed by this key.
pub(crate) fn verified(token: &str, key: &PublicKey) -> Verified {
    let parsed = jws::parse(token, 4096).unwrap();
    let algorithm = parsed.header().alg;
    assert!(key.fits(algorithm));
    let expected = Expectation {
        algorithms: &[algorithm],
        typ: "JWT",
    };
    parsed.verify_untyped(&AwsVerifier, key, &expected).unwrap()
}

pub(crate) fn claims(token: &Verified) -> Value {
    serde_json::from_slice(token.payload()).unwrap()
}

/// The body's data, all strings.
pub(crate) fn strings(data: &Value) -> &serde_json::Map<String, Value> {
    let data = data.as_object().unwrap();
    assert!(data.values().all(Value::is_string), "{data:?}");
    data
}

/// Google: its token endpoint and FCM, with the key file that it gives for a service account.
pub(crate) struct Google {
    pub(crate) provider: Provider,
    pub(crate) key: PublicKey,
    files: TempDir,
}

impl Google {
    pub(crate) async fn start() -> Self {
        let count = std::sync::atomic::AtomicU32::new(1);
        let provider = Provider::start_with(move |received| {
            let number = (received.path == "/token")
                .then(|| count.fetch_add(1, std::sync::atomic::Ordering::SeqCst))?;
            let token = format!("access-{number}");
            Some(Said::json(
                200,
                &json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}),
            ))
        })
        .await;
        provider.always_say(Said::json(200, &json!({"name": "projects/seal-1/messages/1"})));
        let (key, pem) = rsa_key();
        let files = TempDir::new().unwrap();
        let account = json!({"type": "service_account", "project_id": "seal-1", "private_key_id": "key-1", "private_key": pem,
            "client_email": "push@seal-1.iam.gserviceaccount.com", "token_uri": format!("{}/token", provider.origin)});
        std::fs::write(files.path().join("account.json"), account.to_string()).unwrap();
        Self { provider, key, files }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.files.path().join("account.json")
    }

    pub(crate) fn config(&self) -> FcmConfig {
        FcmConfig {
            service_account_file: self.file(),
            endpoint: self.provider.origin.clone(),
        }
    }

    /// The next message, and the access token under which it came. Requests for tokens are looked at and passed over.
    pub(crate) async fn message(&mut self) -> (Value, String) {
        loop {
            let received = self.provider.next().await;
            if received.path == "/token" {
                continue;
            }
            assert_eq!(received.path, "/v1/projects/seal-1/messages:send");
            let access = received.header("authorization").to_owned();
            return (received.json()["message"].clone(), access);
        }
    }
}

/// An RSA key of 2048 bits, and its private half as PKCS#8 PEM.
fn rsa_key() -> (PublicKey, String) {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public = RsaPublicKey::from_pkcs1_der(pair.public_key().as_ref()).unwrap();
    let body = data_encoding::BASE64.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    (PublicKey::Rsa(public), pem)
}

/// A P-256 key in a file, as Apple's and ours are, and its public half.
pub(crate) fn p256_key(file: &Path) -> PublicKey {
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(file, key.serialize_pem()).unwrap();
    let point = key.public_key_raw();
    PublicKey::P256(idp_jose::EcPublicKey::from_sec1(point).unwrap())
}
