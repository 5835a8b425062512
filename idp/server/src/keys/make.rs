//! New keys: their material, their names, their dates and, where others ask for one, their certificate.

use std::sync::Arc;

use idp_core::keys::{KeyLife, KeyPurpose, rotate};
use idp_jose::PublicKey;
use idp_types::encoding::base64url;
use idp_types::{KeyId, Timestamp};
use zeroize::Zeroizing;

use super::certificate::{PreparedCertificate, Subject};
use super::document::{Private, StoredKey};
use super::error::blocking;
use super::pkcs11::TokenSigner;
use super::{KeyError, RingSettings, SignError, Signer, Token, signer};
use crate::crypto::sha256;

const DAY: i64 = 86_400;

/// RFC 7468 section 10.
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// Days that a certificate outlives its key as planned: a server that was off when a rotation was due rotates late.
const SPARE_DAYS: i64 = 30;

/// A private key that has no dates yet.
pub(super) struct Material {
    purpose: KeyPurpose,
    private: Private,
    signer: Arc<dyn Signer>,
}

impl Material {
    fn of(purpose: KeyPurpose, pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, SignError> {
        let signer = signer::from_pkcs8(signer::algorithm_of(purpose)?, &pkcs8)?;
        Ok(Self {
            purpose,
            private: Private::Software(pkcs8),
            signer,
        })
    }

    /// Makes one where those of the purpose live, beside the requests: for RSA this takes a tenth of a second or more.
    pub(super) async fn generate(purpose: KeyPurpose, settings: &RingSettings) -> Result<Self, KeyError> {
        if let Some(token) = settings.token_of(purpose) {
            return Self::generate_in(token, purpose).await;
        }
        let generator = settings.generator.clone();
        blocking(move || {
            let pkcs8 = generator.generate(purpose)?;
            Ok(Self::of(purpose, pkcs8)?)
        })
        .await
    }

    async fn generate_in(token: &Arc<Token>, purpose: KeyPurpose) -> Result<Self, KeyError> {
        let algorithm = signer::algorithm_of(purpose)?;
        let (id, public) = token.generate(purpose, algorithm).await?;
        let signer = TokenSigner {
            token: token.clone(),
            id: id.clone(),
            algorithm,
            public: public.clone(),
        };
        Ok(Self {
            purpose,
            private: Private::Token { id, public },
            signer: Arc::new(signer),
        })
    }

    /// It is not wanted: another process was faster.
    pub(super) async fn discard(self, settings: &RingSettings) {
        if let (Private::Token { id, .. }, Some(token)) = (self.private, &settings.token) {
            destroy(&token.token, id).await;
        }
    }

    /// Makes one for each of these purposes, all at once: the slow ones wait for none of the others.
    pub(super) async fn generate_all(
        purposes: Vec<KeyPurpose>,
        settings: &RingSettings,
    ) -> Result<Vec<Self>, KeyError> {
        let making = purposes
            .into_iter()
            .map(|purpose| Self::generate(purpose, settings));
        futures_util::future::try_join_all(making).await
    }

    /// One that was made elsewhere, PKCS#8 in PEM.
    pub(super) fn parse(purpose: KeyPurpose, pem: &str) -> Result<Self, KeyError> {
        let foreign = || KeyError::Foreign(purpose.algorithm_name());
        let (label, der) = der::pem::decode_vec(pem.trim_ascii().as_bytes()).map_err(|_| foreign())?;
        let pkcs8 = Zeroizing::new(der);
        if label != PRIVATE_KEY {
            return Err(foreign());
        }
        Self::of(purpose, pkcs8).map_err(|_| foreign())
    }

    pub(super) const fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// What it is called.
    pub(super) fn kid(&self) -> Result<KeyId, SignError> {
        kid_of(self.signer.public_key(), self.purpose)
    }

    /// Gives it a name and its place among the others of its purpose: published now, signing once caches know it.
    pub(super) async fn plan(
        &self,
        stored: &mut [StoredKey],
        settings: &RingSettings,
        now: Timestamp,
    ) -> Result<StoredKey, SignError> {
        let mut lives: Vec<KeyLife> = stored.iter().map(|key| key.life.clone()).collect();
        let life = rotate(&mut lives, self.kid()?, self.purpose, &settings.rotation, now);
        for (key, changed) in stored.iter_mut().zip(lives) {
            key.life = changed;
        }
        let certificate = if self.purpose.has_certificate() {
            Some(certificate(&*self.signer, &life, settings).await?)
        } else {
            None
        };
        Ok(StoredKey {
            life,
            private: self.private.clone(),
            certificate,
        })
    }
}

/// Destroys a key pair of the token. One that cannot be destroyed is in nobody's way.
pub(super) async fn destroy(token: &Arc<Token>, id: Vec<u8>) {
    if let Err(error) = token.destroy(id).await {
        tracing::warn!(%error, "a key that is over stays in the PKCS#11 token");
    }
}

/// Valid from the key's making until it is gone, if rotations come as they are planned.
async fn certificate(
    signer: &dyn Signer,
    life: &KeyLife,
    settings: &RingSettings,
) -> Result<Vec<u8>, SignError> {
    let policy = &settings.rotation;
    let days = life.purpose.certificate_days(settings.rotate_days) + SPARE_DAYS;
    let successor = life.purpose.publish_ahead(policy);
    let until = life
        .active_from
        .plus_seconds(days * DAY + successor + life.purpose.keep_after(policy));
    let prepared = PreparedCertificate::new(&Subject {
        host: &settings.host,
        key: signer.public_key(),
        kid: life.kid.as_str(),
        validity: (life.created_at, until),
    })?;
    prepared.complete(&signer.sign(prepared.signing_message()).await?)
}

/// A Service VDS names its key in nine characters of C40, so its `kid` is made of those; others use the beginning of a digest of
/// the public key.
fn kid_of(public: &PublicKey, purpose: KeyPurpose) -> Result<KeyId, SignError> {
    const C40: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let digest = match public {
        PublicKey::P256(point) => sha256(point.to_sec1()),
        PublicKey::Rsa(_) | PublicKey::Ed25519(_) => public.thumbprint(),
    };
    let text = match purpose {
        KeyPurpose::ServiceSeal => {
            let character = |byte: &u8| char::from(*C40.get(usize::from(*byte) % 36).unwrap_or(&b'0'));
            format!(
                "IDTS{}0",
                digest.iter().take(4).map(character).collect::<String>()
            )
        }
        _ => base64url(digest.get(..16).unwrap_or_default()),
    };
    KeyId::parse(text).map_err(|_| SignError)
}
