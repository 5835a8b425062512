//! The issuers' keys, each with the one algorithm that it is for.

use idp_jose::{Algorithm, Jwk, JwkSet, PublicKey, Verifier};
use p256_tables::{KeyTables, Outcome, Tables};
use sha2::{Digest as _, Sha256};

use crate::policy::Issuer;

/// Keys of which tables are held; the others go to the complete verifier. 288 KiB each.
const TABLED_KEYS: usize = 4;

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// No key of this name, or without a name more than one that fits.
    Unknown,
    /// The key is for another algorithm.
    Algorithm,
    /// The signature does not match.
    Signature,
}

/// All keys of all issuers.
pub struct KeyRing {
    issuers: Vec<Vec<Key>>,
    tables: Option<Tables>,
    tabled: usize,
    generation: u32,
}

/// What was signed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The name of the key.
    pub kid: Option<&'a str>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// What the signature is over.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
}

struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    public: PublicKey,
    tables: Option<KeyTables>,
}

impl KeyRing {
    /// The keys that are known from the start. Without `tables` every signature goes to the complete verifier.
    pub fn new(issuers: &[Issuer], tables: Option<Tables>) -> Self {
        let mut ring = Self {
            issuers: issuers.iter().map(|_| Vec::new()).collect(),
            tables,
            tabled: 0,
            generation: 0,
        };
        for (index, issuer) in issuers.iter().enumerate() {
            ring.replace(index, issuer, &issuer.keys);
        }
        ring
    }

    /// Replaces the keys of an issuer by a set that was fetched. A key that stays keeps its tables. Whether anything changed.
    pub fn replace(&mut self, index: usize, issuer: &Issuer, set: &JwkSet) -> bool {
        let Some(held) = self.issuers.get_mut(index) else {
            return false;
        };
        let mut fresh: Vec<Key> = set.keys().iter().filter_map(|jwk| Key::of(jwk, issuer)).collect();
        let same = |left: &Key, right: &Key| left.is_same_as(right);
        let changed = fresh.len() != held.len()
            || !fresh
                .iter()
                .zip(held.iter())
                .all(|(left, right)| same(left, right));
        if !changed {
            return false;
        }
        for key in &mut fresh {
            let before = held.iter_mut().find(|before| before.public == key.public);
            key.tables = before.and_then(|before| before.tables.take());
        }
        self.tabled = self
            .tabled
            .saturating_sub(held.iter().filter(|key| key.tables.is_some()).count());
        *held = fresh;
        self.tabled = self
            .issuers
            .iter()
            .flatten()
            .filter(|key| key.tables.is_some())
            .count();
        self.generation = self.generation.wrapping_add(1);
        true
    }

    /// Grows with every change, so that what was verified with other keys is forgotten.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// How many keys an issuer has.
    pub fn count(&self, issuer: usize) -> usize {
        self.issuers.get(issuer).map_or(0, Vec::len)
    }

    /// Whether tables are in use.
    pub const fn has_tables(&self) -> bool {
        self.tables.is_some()
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`KeyFault`] unless a key of the issuer made it.
    pub fn verify(
        &mut self,
        issuer: usize,
        signed: &Signed<'_>,
        verifier: &dyn Verifier,
    ) -> Result<(), KeyFault> {
        let Self {
            issuers,
            tables,
            tabled,
            ..
        } = self;
        let keys = issuers.get_mut(issuer).ok_or(KeyFault::Unknown)?;
        let key = choose(keys, signed.kid, signed.algorithm)?;
        if !key.verify(signed, verifier) {
            return Err(KeyFault::Signature);
        }
        // Tables are computed for keys that are in use, never because somebody names a key.
        if key.tables.is_none() && *tabled < TABLED_KEYS {
            key.tables = match (&key.public, tables) {
                (PublicKey::P256(point), Some(tables)) => tables.for_key(point),
                _ => None,
            };
            *tabled += usize::from(key.tables.is_some());
        }
        Ok(())
    }
}

/// By name, or the only one that fits where none is given (OpenID Connect Core 10.1).
fn choose<'a>(keys: &'a mut [Key], kid: Option<&str>, algorithm: Algorithm) -> Result<&'a mut Key, KeyFault> {
    let fits = |key: &Key| match kid {
        Some(kid) => key.kid.as_deref() == Some(kid),
        None => key.algorithm == algorithm,
    };
    let mut fitting = keys.iter_mut().filter(|key| fits(key));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) if key.algorithm == algorithm => Ok(key),
        (Some(_), None) => Err(KeyFault::Algorithm),
        _ => Err(KeyFault::Unknown),
    }
}

impl Key {
    /// A key with its algorithm: the one that it names, else the issuer's first one that fits its kind.
    fn of(jwk: &Jwk, issuer: &Issuer) -> Option<Self> {
        let mut allowed = issuer.algorithms.iter().copied();
        let algorithm = allowed.find(|algorithm| jwk.may_verify(*algorithm))?;
        Some(Self {
            kid: jwk.kid.clone(),
            algorithm,
            public: jwk.key.clone(),
            tables: None,
        })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.kid == other.kid && self.algorithm == other.algorithm && self.public == other.public
    }

    fn verify(&self, signed: &Signed<'_>, verifier: &dyn Verifier) -> bool {
        let by_tables = self.tables.as_ref().map(|tables| {
            let digest: [u8; 32] = Sha256::digest(signed.message).into();
            tables.verify(&digest, signed.signature)
        });
        match by_tables {
            Some(Outcome::Valid) => true,
            Some(Outcome::Invalid) => false,
            None | Some(Outcome::Undecided) => verifier
                .verify(self.algorithm, &self.public, signed.message, signed.signature)
                .is_ok(),
        }
    }
}
