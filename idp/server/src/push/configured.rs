//! The providers of the configuration, with their keys and accounts. Files are read at the start and again on SIGHUP.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use idp_jose::{Algorithm, PublicKey};
use idp_push::apns::{Apns, ApnsParts};
use idp_push::fcm::{Fcm, FcmParts, ServiceAccount};
use idp_push::web_push::{WebPush, WebPushParts};
use idp_push::{Providers, Push, PushError, PushSender, SigningFailed, TokenSigner};
use idp_types::Timestamp;
use reqwest::Certificate;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::exchange::{ProviderClient, PushServiceClient};
use crate::config::{ApnsConfig, Config, FcmConfig, PushConfig};
use crate::keys::{Signer, software_signer};

/// The largest file, in bytes; bundles of certificates are the largest.
const FILE_LIMIT: u64 = 1024 * 1024;

const ACCOUNT: &str = "push.fcm.service_account_file";
const APNS_KEY: &str = "push.apns.key_file";
const VAPID_KEY: &str = "push.web.vapid_key_file";
const CA: &str = "push.ca_file";

/// A file of `[push]` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct PushFileError {
    /// The key that names it.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// The providers in use.
pub struct Configured {
    config: PushConfig,
    issuer: String,
    current: RwLock<Arc<Providers>>,
}

impl Configured {
    /// Reads the files.
    ///
    /// # Errors
    /// [`PushFileError`], which names the key.
    pub fn open(config: &Config) -> Result<Self, PushFileError> {
        Ok(Self {
            current: RwLock::new(Arc::new(read(&config.push, &config.issuer)?)),
            config: config.push.clone(),
            issuer: config.issuer.clone(),
        })
    }

    /// Reads the files again; what is in use stays where they cannot be used.
    ///
    /// # Errors
    /// [`PushFileError`], which names the key.
    pub fn reload(&self) -> Result<(), PushFileError> {
        let providers = Arc::new(read(&self.config, &self.issuer)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = providers;
        Ok(())
    }

    /// The kinds of address that are served, and the key that browsers subscribe with.
    pub fn channels(&self) -> (Vec<&'static str>, Option<String>) {
        let providers = self.current();
        let kinds = [
            ("fcm", providers.fcm.is_some()),
            ("apns", providers.apns.is_some()),
            ("webpush", providers.web.is_some()),
        ];
        let served = kinds.into_iter().filter(|(_, is_served)| *is_served);
        let key = providers
            .web
            .as_ref()
            .map(|web| web.application_server_key().to_owned());
        (served.map(|(kind, _)| kind).collect(), key)
    }

    fn current(&self) -> Arc<Providers> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl PushSender for Configured {
    async fn send(&self, push: &Push, now: Timestamp) -> Result<(), PushError> {
        self.current().send(push, now).await
    }
}

/// A signer of the key ring's kind, as the providers want it.
struct Signing(Arc<dyn Signer>);

#[async_trait]
impl TokenSigner for Signing {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.0.sign(message).await.map_err(|_| SigningFailed)
    }

    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
}

fn read(config: &PushConfig, issuer: &str) -> Result<Providers, PushFileError> {
    let roots = match &config.ca_file {
        Some(path) => Certificate::from_pem_bundle(&content(CA, path)?)
            .map_err(|_| wrong(CA, path, "has no certificates in PEM"))?,
        None => Vec::new(),
    };
    let fcm = config
        .fcm
        .as_ref()
        .map(|fcm| google(fcm, &config.alert, roots.clone()));
    let apns = config.apns.as_ref().map(|apns| apple(apns, &config.alert, roots));
    let web = config.web.vapid_key_file.as_ref().map(|path| {
        let subject = config.web.subject.clone().unwrap_or_else(|| issuer.to_owned());
        Ok(WebPush::new(WebPushParts {
            exchange: Arc::new(PushServiceClient::new(config.web.loopback)),
            signer: key(VAPID_KEY, path, &content(VAPID_KEY, path)?, Algorithm::Es256)?,
            subject,
            dice: |bytes| aws_lc_rs::rand::fill(bytes).is_ok(),
        }))
    });
    Ok(Providers {
        fcm: fcm.transpose()?,
        apns: apns.transpose()?,
        web: web.transpose()?,
    })
}

fn google(config: &FcmConfig, alert: &str, roots: Vec<Certificate>) -> Result<Fcm, PushFileError> {
    let path = &config.service_account_file;
    let parsed = ServiceAccount::parse(&content(ACCOUNT, path)?);
    let (account, pem) = parsed.map_err(|error| wrong(ACCOUNT, path, &error.to_string()))?;
    Ok(Fcm::new(FcmParts {
        exchange: Arc::new(ProviderClient::new(roots)),
        signer: key(ACCOUNT, path, pem.as_bytes(), Algorithm::Rs256)?,
        account,
        endpoint: config.endpoint.clone(),
        alert: alert.to_owned(),
    }))
}

fn apple(config: &ApnsConfig, alert: &str, roots: Vec<Certificate>) -> Result<Apns, PushFileError> {
    let path = &config.key_file;
    Ok(Apns::new(ApnsParts {
        exchange: Arc::new(ProviderClient::new(roots)),
        signer: key(APNS_KEY, path, &content(APNS_KEY, path)?, Algorithm::Es256)?,
        key_id: config.key_id.clone(),
        team_id: config.team_id.clone(),
        topic: config.topic.clone(),
        endpoint: config.endpoint.clone(),
        push_type: config.push_type,
        alert: alert.to_owned(),
    }))
}

fn wrong(key: &'static str, path: &Path, problem: &str) -> PushFileError {
    PushFileError {
        key,
        problem: format!("{}: {problem}", path.display()),
    }
}

fn content(key: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, PushFileError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes));
    let length = read.map_err(|error| wrong(key, path, &error.to_string()))?;
    if u64::try_from(length).is_ok_and(|length| length <= FILE_LIMIT) {
        Ok(bytes)
    } else {
        Err(wrong(key, path, "is too long"))
    }
}

/// A private key in PKCS#8 PEM, as Google, Apple and `idp push keys` write it.
fn key(
    name: &'static str,
    path: &Path,
    pem: &[u8],
    algorithm: Algorithm,
) -> Result<Arc<dyn TokenSigner>, PushFileError> {
    let refused = || {
        wrong(
            name,
            path,
            &format!("has no private key for {algorithm} in PKCS#8 PEM"),
        )
    };
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| refused())?;
    let signer = software_signer(algorithm, der.secret_pkcs8_der()).map_err(|_| refused())?;
    Ok(Arc::new(Signing(signer)))
}
