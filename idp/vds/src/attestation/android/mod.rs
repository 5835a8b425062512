//! Android Key Attestation: the enrolled key's own certificate, issued by the phone's hardware.
//!
//! What the hardware enforces is believed because the chain ends at a root of the vendor's. The app's identity comes from the
//! operating system, so it is worth what the boot state is worth: [`AndroidApp::locked_boot`].

mod description;

use std::collections::BTreeSet;

use idp_types::Timestamp;

pub(super) use self::description::KeyDescription;
use self::description::{Authorizations, EXTENSION, RootOfTrust};
use super::certificate::Certificate;
use super::chain::ChainRules;
use super::{
    AttestationError, AttestedKey, CHAIN_LIMIT, CertificateVerifier, Expected, RevokedSerials, SecurityLevel,
    TrustAnchors,
};

/// Keymint's numbers (`KeyPurpose`, `Algorithm`, `EcCurve`, `KeyOrigin`, `VerifiedBootState`).
const PURPOSE_SIGN: u32 = 2;
const PURPOSE_VERIFY: u32 = 3;
const ALGORITHM_EC: u32 = 3;
const CURVE_P256: u32 = 1;
const ORIGIN_GENERATED: u32 = 0;
const BOOT_VERIFIED: u8 = 0;

/// An app that may enrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidApp {
    /// Its package name.
    pub package: String,
    /// SHA-256 of the certificates that may have signed it.
    pub signatures: BTreeSet<[u8; 32]>,
    /// The weakest hardware that its key may live in.
    pub least_level: SecurityLevel,
    /// Whether the boot loader must be locked and the system the vendor's.
    pub locked_boot: bool,
    /// Whether the app is vouched for to verify the face before each signature.
    pub face_vouched: bool,
}

/// What Android attestations have to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidPolicy {
    /// The vendor's roots.
    pub roots: TrustAnchors,
    /// What the vendor revoked.
    pub revoked: RevokedSerials,
    /// The apps that may enrol.
    pub apps: Vec<AndroidApp>,
}

impl AndroidPolicy {
    /// Verifies a chain of DER certificates, the key's own first.
    ///
    /// # Errors
    /// [`AttestationError`] with the rule that was not met.
    pub fn verify(
        &self,
        chain: &[Vec<u8>],
        expected: Expected<'_>,
        verifier: &dyn CertificateVerifier,
        now: Timestamp,
    ) -> Result<AttestedKey, AttestationError> {
        if chain.len() > CHAIN_LIMIT {
            return Err(AttestationError::Malformed);
        }
        let chain: Vec<Certificate<'_>> = chain
            .iter()
            .map(|bytes| Certificate::read(bytes))
            .collect::<Result<_, _>>()?;
        let rules = ChainRules {
            roots: &self.roots,
            verifier,
            now,
            // The phone writes the leaf's dates by its own clock, and factories wrote impossible ones.
            leaf_expires: false,
            revoked: Some(&self.revoked),
        };
        rules.check(&chain)?;
        let (leaf, authorities) = chain.split_first().ok_or(AttestationError::UnknownRoot)?;
        let description = attested(leaf, authorities)?;
        if description.challenge != expected.challenge {
            return Err(AttestationError::Challenge);
        }
        if leaf.p256_key().as_ref() != Some(expected.key) {
            return Err(AttestationError::Key);
        }
        self.judge(&description)
    }

    /// What the description has to say of the key, the phone and the app.
    fn judge(&self, description: &KeyDescription<'_>) -> Result<AttestedKey, AttestationError> {
        let level = level(description.attestation_level).min(level(description.key_level));
        if level < SecurityLevel::TrustedEnvironment {
            return Err(AttestationError::SecurityLevel);
        }
        check_key(&description.hardware)?;
        let app = self.app(&description.software)?;
        if level < app.least_level {
            return Err(AttestationError::SecurityLevel);
        }
        if app.locked_boot {
            check_boot(description.hardware.root_of_trust.as_ref())?;
        }
        Ok(AttestedKey {
            app: app.package.clone(),
            level,
            face_vouched: app.face_vouched,
        })
    }

    /// The one package that uses the key has to be an accepted one, and every signer of it an accepted signer.
    fn app(&self, software: &Authorizations<'_>) -> Result<&AndroidApp, AttestationError> {
        let found = software.application()?.ok_or(AttestationError::UnknownApp)?;
        let accepts = |app: &&AndroidApp| {
            let package = found.packages.as_slice() == [app.package.as_bytes()];
            let signer = |digest: &&[u8]| app.signatures.iter().any(|known| known.as_slice() == *digest);
            package && !found.signatures.is_empty() && found.signatures.iter().all(signer)
        };
        self.apps.iter().find(accepts).ok_or(AttestationError::UnknownApp)
    }
}

/// The description in the leaf, and in the leaf alone. The occurrence nearest the root is the one that the hardware made: an app
/// that has an attested key can sign certificates with it, in which it writes what it likes.
fn attested<'a>(
    leaf: &'a Certificate<'_>,
    authorities: &[Certificate<'_>],
) -> Result<KeyDescription<'a>, AttestationError> {
    if authorities
        .iter()
        .any(|authority| authority.extension(EXTENSION).is_some())
    {
        return Err(AttestationError::NotAttested);
    }
    let value = leaf.extension(EXTENSION).ok_or(AttestationError::NotAttested)?;
    Ok(KeyDescription::read(value)?)
}

/// `SecurityLevel`: 0 software, 1 trusted environment, 2 StrongBox. A number to come is not believed to be better.
const fn level(number: u8) -> SecurityLevel {
    match number {
        1 => SecurityLevel::TrustedEnvironment,
        2 => SecurityLevel::SecureElement,
        _ => SecurityLevel::Software,
    }
}

/// Generated in this hardware, for P-256 signatures of this app and for nothing else.
fn check_key(hardware: &Authorizations<'_>) -> Result<(), AttestationError> {
    let signs = hardware.purposes.contains(&PURPOSE_SIGN)
        && hardware
            .purposes
            .iter()
            .all(|purpose| [PURPOSE_SIGN, PURPOSE_VERIFY].contains(purpose));
    let p256 = hardware.algorithm == Some(ALGORITHM_EC)
        && hardware.curve.is_none_or(|curve| curve == CURVE_P256)
        && hardware.key_size.is_none_or(|bits| bits == 256);
    if signs && p256 && hardware.origin == Some(ORIGIN_GENERATED) && !hardware.all_applications {
        Ok(())
    } else {
        Err(AttestationError::KeyProperties)
    }
}

fn check_boot(root_of_trust: Option<&RootOfTrust>) -> Result<(), AttestationError> {
    match root_of_trust {
        Some(root) if root.device_locked && root.verified_boot_state == BOOT_VERIFIED => Ok(()),
        _ => Err(AttestationError::DeviceState),
    }
}

/// For the fuzz target: a description without its chain.
pub(crate) fn read_key_description(bytes: &[u8]) {
    if let Ok(description) = KeyDescription::read(bytes) {
        let _ = description.software.application();
        let _ = check_key(&description.hardware);
    }
}
