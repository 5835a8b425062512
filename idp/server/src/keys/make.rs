//! New keys: their material, their names, their dates and, for RS256, their certificate.

use idp_core::keys::{KeyLife, KeyPurpose, rotate};
use idp_jose::{Algorithm, PublicKey, RsaPublicKey};
use idp_types::encoding::base64url;
use idp_types::{KeyId, Timestamp};
use zeroize::Zeroizing;

use super::certificate::{PreparedCertificate, Subject};
use super::file::StoredKey;
use super::software::{RsaScheme, RsaSigner};
use super::{RingSettings, SignError, signer};
use crate::crypto::sha256;

const DAY: i64 = 86_400;

/// Days that a certificate outlives its key as planned: a server that was off when a rotation was due rotates late.
const SPARE_DAYS: i64 = 30;

/// A private key that has no dates yet.
pub(super) struct Material {
    purpose: KeyPurpose,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl Material {
    /// Makes one. For RSA this takes a tenth of a second or more.
    pub(super) fn generate(purpose: KeyPurpose) -> Result<Self, SignError> {
        let pkcs8 = signer::generate(signer::algorithm_of(purpose)?)?;
        Ok(Self { purpose, pkcs8 })
    }

    /// Makes one for each of these purposes, each on a thread of its own: the slow ones wait for none of the others.
    pub(super) fn generate_all(purposes: &[KeyPurpose]) -> Result<Vec<Self>, SignError> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = purposes
                .iter()
                .map(|purpose| {
                    std::thread::Builder::new().spawn_scoped(scope, move || Self::generate(*purpose))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.map_err(|_| SignError)?.join().map_err(|_| SignError)?)
                .collect()
        })
    }

    /// Gives it a name and its place among the others of its purpose: published now, signing once caches know it.
    pub(super) fn plan(
        self,
        stored: &mut [StoredKey],
        settings: &RingSettings,
        now: Timestamp,
    ) -> Result<StoredKey, SignError> {
        let algorithm = signer::algorithm_of(self.purpose)?;
        let public = signer::from_pkcs8(algorithm, &self.pkcs8)?.public_key().clone();
        let kid = kid_of(&public, self.purpose)?;
        let mut lives: Vec<KeyLife> = stored.iter().map(|key| key.life.clone()).collect();
        let life = rotate(&mut lives, kid, self.purpose, &settings.rotation, now);
        for (key, changed) in stored.iter_mut().zip(lives) {
            key.life = changed;
        }
        let certificate = match (algorithm, &public) {
            (Algorithm::Rs256, PublicKey::Rsa(public)) => {
                Some(certificate(&self.pkcs8, public, &life, settings)?)
            }
            _ => None,
        };
        Ok(StoredKey {
            life,
            pkcs8: self.pkcs8,
            certificate,
        })
    }
}

/// Valid from the key's making until it is gone, if rotations come as they are planned.
fn certificate(
    pkcs8: &[u8],
    key: &RsaPublicKey,
    life: &KeyLife,
    settings: &RingSettings,
) -> Result<Vec<u8>, SignError> {
    let policy = &settings.rotation;
    let days = i64::from(settings.rotate_days) + SPARE_DAYS;
    let successor = life.purpose.publish_ahead(policy);
    let until = life
        .active_from
        .plus_seconds(days * DAY + successor + life.purpose.keep_after(policy));
    let prepared = PreparedCertificate::new(&Subject {
        host: &settings.host,
        key,
        kid: life.kid.as_str(),
        validity: (life.created_at, until),
    })?;
    let signer = RsaSigner::from_pkcs8(RsaScheme::Pkcs1, pkcs8)?;
    prepared.complete(&signer.sign_now(prepared.signing_message())?)
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
