//! What a phone keeps: one versioned JSON document, for a file that only its owner may read.
//!
//! It holds the private key, the credential with every disclosure and the seal. `Debug` shows none of them, and reading checks
//! that they belong together.

use std::collections::BTreeMap;
use std::fmt;

use idp_types::{DeviceId, Fingerprint, ServiceId, Timestamp, TokenId};
use idp_vds::VerifiedServiceSeal;
use idp_vds::carrier::TEXT_LIMIT;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::approval::Approver;
use crate::credential::{CredentialError, EnrolmentCredential};
use crate::identity::{DeviceIdentity, Issuer};
use crate::key::{DeviceKey, DeviceSigner as _, KeyError};
use crate::message::SignedMessage;
use crate::push::EncryptionKey;

/// The version that is written.
pub const WALLET_VERSION: u32 = 1;

/// The largest document, in bytes.
pub const WALLET_LIMIT: usize = 2 * 1024 * 1024;

/// The most services that a person can trust on one device.
pub const TRUSTED_SERVICES_LIMIT: usize = 256;

/// Why a document is not a wallet, or a wallet cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WalletError {
    /// Larger than [`WALLET_LIMIT`], or a seal larger than any.
    #[error("the wallet is larger than {WALLET_LIMIT} bytes, or its seal larger than {TEXT_LIMIT}")]
    TooLarge,
    /// Written by another version of this software.
    #[error("the wallet has version {0}, and {WALLET_VERSION} is what can be read")]
    Version(u32),
    /// Not the JSON of a wallet.
    #[error("not a wallet, at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A key cannot be read or written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The credential cannot be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The credential is of another holder than the wallet's.
    #[error("the credential is of another holder")]
    OtherHolder,
    /// The credential is bound to another key than the wallet's.
    #[error("the credential is bound to another key")]
    OtherKey,
    /// The credential is of another issuer than the wallet's.
    #[error("the credential names another issuer")]
    OtherIssuer,
    /// More than [`TRUSTED_SERVICES_LIMIT`] services.
    #[error("no more than {TRUSTED_SERVICES_LIMIT} services can be trusted")]
    TooManyServices,
}

/// A service that the person trusts, as its seal described it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustedService {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The seal that was verified.
    pub seal: Fingerprint,
    /// Since when.
    pub trusted_at: Timestamp,
}

/// What an enrolment leaves behind.
#[derive(Debug)]
pub struct WalletParts {
    /// The server.
    pub issuer: Issuer,
    /// The device.
    pub device_id: DeviceId,
    /// Its key.
    pub key: DeviceKey,
    /// Its key for pushes, where it gave one.
    pub encryption_key: Option<EncryptionKey>,
    /// The holder's credential.
    pub credential: EnrolmentCredential,
    /// The seal as it was scanned.
    pub seal: Zeroizing<String>,
}

/// An enrolled device.
pub struct Wallet {
    identity: DeviceIdentity,
    key: DeviceKey,
    encryption_key: Option<EncryptionKey>,
    credential: EnrolmentCredential,
    seal: Zeroizing<String>,
    services: BTreeMap<ServiceId, TrustedService>,
    enrolled_at: Timestamp,
}

impl Wallet {
    /// A wallet of a new enrolment.
    ///
    /// # Errors
    /// [`WalletError::OtherKey`] and [`WalletError::OtherIssuer`] when the parts do not belong together, [`WalletError::TooLarge`]
    /// for a text that is no seal.
    pub fn new(parts: WalletParts, enrolled_at: Timestamp) -> Result<Self, WalletError> {
        let WalletParts {
            issuer,
            device_id,
            key,
            encryption_key,
            credential,
            seal,
        } = parts;
        if seal.len() > TEXT_LIMIT {
            return Err(WalletError::TooLarge);
        }
        check_belongs(&credential, &key, &issuer)?;
        let token_id: TokenId = credential.token_id().clone();
        Ok(Self {
            identity: DeviceIdentity {
                issuer,
                token_id,
                device_id,
            },
            key,
            encryption_key,
            credential,
            seal,
            services: BTreeMap::new(),
            enrolled_at,
        })
    }

    /// Reads a document of at most [`WALLET_LIMIT`] bytes.
    ///
    /// # Errors
    /// [`WalletError`] names what is wrong, and quotes nothing of it.
    pub fn parse(document: &[u8]) -> Result<Self, WalletError> {
        if document.len() > WALLET_LIMIT {
            return Err(WalletError::TooLarge);
        }
        // Another version may have any other member, so its number is read first.
        let Version { version } = read(document)?;
        if version != WALLET_VERSION {
            return Err(WalletError::Version(version));
        }
        let wire: Document = read(document)?;
        if wire.trusted_services.len() > TRUSTED_SERVICES_LIMIT {
            return Err(WalletError::TooManyServices);
        }
        let encryption_key = wire
            .encryption_key
            .as_ref()
            .map(|pem| EncryptionKey::from_pkcs8_pem(&pem.0));
        let parts = WalletParts {
            issuer: wire.issuer,
            device_id: wire.device_id,
            key: DeviceKey::from_pkcs8_pem(&wire.device_key.0)?,
            encryption_key: encryption_key.transpose()?,
            credential: EnrolmentCredential::parse(&wire.credential.0)?,
            seal: wire.seal.0,
        };
        let mut wallet = Self::new(parts, wire.enrolled_at)?;
        wallet.services = wire.trusted_services;
        Ok(wallet)
    }

    /// The document, to be stored where only its owner can read it.
    ///
    /// # Errors
    /// [`WalletError::Key`] when a key cannot be encoded.
    pub fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, WalletError> {
        let encryption_key = self.encryption_key.as_ref().map(EncryptionKey::to_pkcs8_pem);
        let wire = Document {
            version: WALLET_VERSION,
            issuer: self.identity.issuer.clone(),
            device_id: self.identity.device_id.clone(),
            device_key: SecretText(self.key.to_pkcs8_pem()?),
            encryption_key: encryption_key.transpose()?.map(SecretText),
            credential: SecretText(Zeroizing::new(self.credential.expose().to_owned())),
            seal: SecretText(self.seal.clone()),
            trusted_services: self.services.clone(),
            enrolled_at: self.enrolled_at,
        };
        // Reserved in full, so that no half-written copy of the key is left behind by growth.
        let mut document = Zeroizing::new(Vec::with_capacity(WALLET_LIMIT));
        serde_json::to_writer_pretty(&mut *document, &wire).map_err(|error| malformed(&error))?;
        Ok(document)
    }

    /// Who the device is.
    pub const fn identity(&self) -> &DeviceIdentity {
        &self.identity
    }

    /// The device's key.
    pub const fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// The device's key for pushes.
    pub const fn encryption_key(&self) -> Option<&EncryptionKey> {
        self.encryption_key.as_ref()
    }

    /// The holder's credential.
    pub const fn credential(&self) -> &EnrolmentCredential {
        &self.credential
    }

    /// Takes a fresh credential, see [`crate::Enrolment::complete_renewal`].
    ///
    /// # Errors
    /// [`WalletError::OtherHolder`], [`WalletError::OtherKey`] and [`WalletError::OtherIssuer`] for one that is not this device's.
    pub fn renew(&mut self, credential: EnrolmentCredential) -> Result<(), WalletError> {
        if *credential.token_id() != self.identity.token_id {
            return Err(WalletError::OtherHolder);
        }
        check_belongs(&credential, &self.key, &self.identity.issuer)?;
        self.credential = credential;
        Ok(())
    }

    /// The seal as it was scanned.
    pub fn seal(&self) -> &str {
        &self.seal
    }

    /// When the device enrolled.
    pub const fn enrolled_at(&self) -> Timestamp {
        self.enrolled_at
    }

    /// What [`crate::approve`] needs.
    pub const fn approver(&self) -> Approver<'_> {
        Approver {
            identity: &self.identity,
            credential: &self.credential,
            signer: &self.key,
            form: SignedMessage::Second,
        }
    }

    /// The services that the person trusts.
    pub const fn trusted_services(&self) -> &BTreeMap<ServiceId, TrustedService> {
        &self.services
    }

    /// Remembers a service whose seal was verified. Trusting it again renews the description.
    ///
    /// # Errors
    /// [`WalletError::TooManyServices`] at the limit.
    pub fn trust(&mut self, seal: &VerifiedServiceSeal, now: Timestamp) -> Result<(), WalletError> {
        let service = seal.payload();
        let known = self.services.contains_key(&service.service_id);
        if !known && self.services.len() >= TRUSTED_SERVICES_LIMIT {
            return Err(WalletError::TooManyServices);
        }
        let entry = TrustedService {
            name: service.name.clone(),
            url: service.url.clone(),
            seal: seal.fingerprint(),
            trusted_at: now,
        };
        self.services.insert(service.service_id.clone(), entry);
        Ok(())
    }

    /// Forgets a service; `false` when it was not known.
    pub fn distrust(&mut self, service_id: &ServiceId) -> bool {
        self.services.remove(service_id).is_some()
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet")
            .field("identity", &self.identity)
            .field("trusted_services", &self.services.len())
            .field("enrolled_at", &self.enrolled_at)
            .finish_non_exhaustive()
    }
}

fn check_belongs(
    credential: &EnrolmentCredential,
    key: &DeviceKey,
    issuer: &Issuer,
) -> Result<(), WalletError> {
    if *credential.holder_key() != key.public_key() {
        return Err(WalletError::OtherKey);
    }
    if !credential.is_from(issuer) {
        return Err(WalletError::OtherIssuer);
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(document: &'a [u8]) -> Result<T, WalletError> {
    serde_json::from_slice(document).map_err(|error| malformed(&error))
}

/// The reader's own words may quote a key.
fn malformed(error: &serde_json::Error) -> WalletError {
    WalletError::Malformed {
        line: error.line(),
        column: error.column(),
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    version: u32,
    issuer: Issuer,
    device_id: DeviceId,
    device_key: SecretText,
    encryption_key: Option<SecretText>,
    credential: SecretText,
    seal: SecretText,
    trusted_services: BTreeMap<ServiceId, TrustedService>,
    enrolled_at: Timestamp,
}

/// Text that is wiped when dropped.
struct SecretText(Zeroizing<String>);

impl Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
