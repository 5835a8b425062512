//! The keys in use.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use idp_core::keys::{KeyLife, KeyPhase, KeyPurpose, RotationPolicy};
use idp_jose::{Jwk, PublicKey};
use idp_store::Version;
use idp_types::{KeyId, Secret, Timestamp};
use tokio::sync::Mutex;

use super::document::{Private, StoredKey, StoredKeys};
use super::generator::{KeyGenerator, SystemGenerator};
use super::opening::Opening;
use super::pkcs11::TokenSigner;
use super::published::{PublishedSet, PublishedSets};
use super::{KeyError, KeyHome, KeySetView, ServerSecrets, SignError, Signer, Token, signer};
use crate::crypto::SealingKey;

/// One key of the ring.
pub struct RingKey {
    /// Its dates.
    pub life: KeyLife,
    /// Its private half.
    pub signer: Arc<dyn Signer>,
    certificate: Option<Vec<u8>>,
}

impl RingKey {
    /// Its identifier.
    pub fn kid(&self) -> &str {
        self.life.kid.as_str()
    }

    /// Its certificate, DER, where its purpose has one.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Its public half as it is published, with its certificate where it has one.
    fn jwk(&self) -> Jwk {
        Jwk {
            kid: Some(self.kid().to_owned()),
            alg: Some(self.signer.algorithm().name().to_owned()),
            use_: Some("sig".to_owned()),
            x5c: self.certificate.clone().map(|certificate| vec![certificate]),
            ..Jwk::new(self.signer.public_key().clone())
        }
    }
}

/// What new keys are made by.
#[derive(Debug, Clone)]
pub struct RingSettings {
    /// The dates of a rotation.
    pub rotation: RotationPolicy,
    /// Days that a key is meant to sign.
    pub rotate_days: u32,
    /// The issuer's host, for the subject of certificates.
    pub host: String,
    /// The PKCS#11 token, if there is one.
    pub token: Option<TokenUse>,
    /// Where new software keys come from.
    pub generator: Arc<dyn KeyGenerator>,
}

/// A token, and what is made in it.
#[derive(Debug, Clone)]
pub struct TokenUse {
    /// Which.
    pub token: Arc<Token>,
    /// The purposes whose new keys are made there.
    pub purposes: Vec<KeyPurpose>,
}

impl RingSettings {
    /// For an issuer: an origin, whose host is all that keys need.
    pub fn new(rotation: RotationPolicy, rotate_days: u32, issuer: &str) -> Self {
        let authority = issuer
            .split_once("://")
            .map_or(issuer, |(_, authority)| authority);
        let host = match authority.rsplit_once(':') {
            // A colon inside brackets belongs to the address (RFC 3986 section 3.2.2).
            Some((host, port)) if !port.contains(']') => host,
            _ => authority,
        };
        Self {
            rotation,
            rotate_days,
            host: host.to_owned(),
            token: None,
            generator: Arc::new(SystemGenerator),
        }
    }

    /// The token in which keys of a purpose are made.
    pub(super) fn token_of(&self, purpose: KeyPurpose) -> Option<&Arc<Token>> {
        let token = self.token.as_ref()?;
        token.purposes.contains(&purpose).then_some(&token.token)
    }
}

/// One state of the ring.
pub(super) struct Ring {
    pub(super) keys: HashMap<KeyId, Arc<RingKey>>,
    pub(super) stored: StoredKeys,
    /// Which version of the document this is.
    pub(super) version: Version,
    published: PublishedSets,
}

/// The key ring of an installation.
pub struct KeyRing {
    pub(super) home: KeyHome,
    pub(super) sealing: SealingKey,
    pub(super) settings: RingSettings,
    secrets: Arc<ServerSecrets>,
    pub(super) ring: RwLock<Ring>,
    /// Held by who reads or writes the document, so that nobody has to wait for a new key but the next one who wants one.
    pub(super) changing: Mutex<()>,
}

impl KeyRing {
    /// Opens the keys of a home, or makes one for each purpose. A document of an earlier version lacks purposes; they are added.
    ///
    /// # Errors
    /// [`KeyError`] when they do not open, can be read by others, or cannot be written.
    pub async fn open(
        home: KeyHome,
        seal_key: &Secret<32>,
        settings: RingSettings,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let opening = Opening {
            sealing: SealingKey::new(seal_key)?,
            home,
            settings,
        };
        let (secrets, stored, version) = opening.run(now).await?;
        let ring = RwLock::new(load(stored, version, (&HashMap::new(), &opening.settings))?);
        Ok(Self {
            home: opening.home,
            sealing: opening.sealing,
            settings: opening.settings,
            secrets: Arc::new(secrets),
            ring,
            changing: Mutex::new(()),
        })
    }

    /// The symmetric secrets.
    pub fn secrets(&self) -> &Arc<ServerSecrets> {
        &self.secrets
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn phase(&self, life: &KeyLife, now: Timestamp) -> KeyPhase {
        life.phase(&self.settings.rotation, now)
    }

    /// The key that signs for a purpose at `now`.
    ///
    /// # Errors
    /// [`SignError`] when none is active, which only a changed clock can bring about.
    pub fn active(&self, purpose: KeyPurpose, now: Timestamp) -> Result<Arc<RingKey>, SignError> {
        self.read(|ring| {
            let found = ring
                .keys
                .values()
                .find(|key| key.life.purpose == purpose && self.phase(&key.life, now) == KeyPhase::Active);
            found.cloned().ok_or(SignError)
        })
    }

    /// The public key of a purpose by its `kid`, while anything it signed can still be valid.
    pub fn verification(&self, purpose: KeyPurpose, kid: &str, now: Timestamp) -> Option<PublicKey> {
        let kid = KeyId::parse(kid).ok()?;
        self.read(|ring| {
            let key = ring.keys.get(&kid)?;
            let alive = key.life.purpose == purpose && self.phase(&key.life, now) != KeyPhase::Gone;
            alive.then(|| key.signer.public_key().clone())
        })
    }

    /// The public key of a purpose by its `kid`, as long as it is remembered: longer than anything that it signed is valid. For
    /// what may have expired, never for what has to be valid.
    pub fn remembered(&self, purpose: KeyPurpose, kid: &str, now: Timestamp) -> Option<PublicKey> {
        let kid = KeyId::parse(kid).ok()?;
        let is_it = |life: &KeyLife| {
            life.kid == kid
                && life.purpose == purpose
                && life.revoked_at.is_none()
                && life.is_remembered(&self.settings.rotation, now)
        };
        self.read(|ring| {
            let kept = ring.keys.get(&kid).filter(|key| is_it(&key.life));
            let retired = ring.stored.retired.iter().find(|key| is_it(&key.life));
            kept.map(|key| key.signer.public_key())
                .or(retired.map(|key| &key.public))
                .cloned()
        })
    }

    /// The key set that is published at `now`, upcoming and retiring keys included, written once and kept until it changes.
    pub fn published_view(&self, view: KeySetView, now: Timestamp) -> Arc<PublishedSet> {
        self.read(|ring| ring.published.at(view, now, || self.write_view(ring, view, now)))
    }

    fn write_view(&self, ring: &Ring, view: KeySetView, now: Timestamp) -> PublishedSet {
        let mut keys: Vec<&Arc<RingKey>> = ring.keys.values().collect();
        keys.retain(|key| key.life.purpose.is_published() && view.shows(key.signer.algorithm()));
        let ends = || {
            keys.iter()
                .filter_map(|key| key.life.gone_at(&self.settings.rotation))
        };
        let changes = (
            ends().filter(|end| *end <= now).max(),
            ends().filter(|end| *end > now).min(),
        );
        keys.retain(|key| self.phase(&key.life, now) != KeyPhase::Gone);
        keys.sort_by_key(|key| (key.life.purpose, key.life.active_from));
        let written = keys.iter().map(|key| {
            let mut jwk = key.jwk();
            jwk.x5c = jwk.x5c.filter(|_| view.shows_certificates());
            jwk
        });
        PublishedSet::new(written.collect(), changes)
    }

    /// The dates of all keys.
    pub fn lives(&self) -> Vec<KeyLife> {
        self.read(|ring| ring.stored.lives())
    }

    /// The PKCS#11 token, if there is one.
    pub fn token(&self) -> Option<&Arc<Token>> {
        self.settings.token.as_ref().map(|token| &token.token)
    }

    /// Whether the token, if there is one, has the keys that may sign at `now`.
    ///
    /// # Errors
    /// [`KeyError::Token`] that says what is missing.
    pub async fn check_token(&self, now: Timestamp) -> Result<(), KeyError> {
        let Some(token) = self.token() else {
            return Ok(());
        };
        let ids = self.read(|ring| {
            let kept = ring.stored.keys.iter();
            let signing = kept
                .filter(|key| matches!(self.phase(&key.life, now), KeyPhase::Upcoming | KeyPhase::Active));
            signing.filter_map(StoredKey::token_id).collect()
        });
        Ok(token.check(ids).await?)
    }

    /// The keys of a purpose that sign now or will: the one that signs first.
    pub fn signing(&self, purpose: KeyPurpose, now: Timestamp) -> Vec<Arc<RingKey>> {
        self.read(|ring| {
            let signs = |key: &&Arc<RingKey>| {
                let phase = self.phase(&key.life, now);
                key.life.purpose == purpose && matches!(phase, KeyPhase::Active | KeyPhase::Upcoming)
            };
            let mut keys: Vec<_> = ring.keys.values().filter(signs).cloned().collect();
            keys.sort_by_key(|key| key.life.active_from);
            keys
        })
    }

    /// The public key of every key of a purpose, for offline checks.
    pub fn public_keys(&self, purpose: KeyPurpose) -> Vec<Jwk> {
        self.read(|ring| {
            ring.keys
                .values()
                .filter(|key| key.life.purpose == purpose)
                .map(|key| key.jwk())
                .collect()
        })
    }
}

fn signer_of(key: &StoredKey, settings: &RingSettings) -> Result<Arc<dyn Signer>, KeyError> {
    let algorithm = signer::algorithm_of(key.life.purpose)?;
    match (&key.private, &settings.token) {
        (Private::Software(pkcs8), _) => Ok(signer::from_pkcs8(algorithm, pkcs8)?),
        (Private::Token { .. }, None) => Err(KeyError::NoToken(key.life.kid.to_string())),
        (Private::Token { id, public }, Some(token)) => Ok(Arc::new(TokenSigner {
            token: token.token.clone(),
            id: id.clone(),
            algorithm,
            public: public.clone(),
        })),
    }
}

/// Parses the keys; those that are `known` have been parsed before.
pub(super) fn load(
    stored: StoredKeys,
    version: Version,
    (known, settings): (&HashMap<KeyId, Arc<RingKey>>, &RingSettings),
) -> Result<Ring, KeyError> {
    let mut keys = HashMap::new();
    for key in &stored.keys {
        let parsed = match known.get(&key.life.kid) {
            Some(known) => known.signer.clone(),
            None => signer_of(key, settings)?,
        };
        let ring_key = RingKey {
            life: key.life.clone(),
            signer: parsed,
            certificate: key.certificate.clone(),
        };
        keys.insert(key.life.kid.clone(), Arc::new(ring_key));
    }
    Ok(Ring {
        keys,
        stored,
        version,
        published: PublishedSets::default(),
    })
}
