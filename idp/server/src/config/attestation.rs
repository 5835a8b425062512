//! `[enrolment.attestation]`: what it means, and the files that it names.
//!
//! The files are read when the configuration is, so that a mistake is told at once, and again at each attested enrolment, so that a
//! status list that a timer fetched counts without a restart.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use idp_vds::attestation::{
    AndroidApp, AndroidPolicy, AppleApp, AppleEnvironment, ApplePolicy, ROOTS_LIMIT, RevokedSerials,
    STATUS_LIST_LIMIT, SecurityLevel, TrustAnchors,
};

use super::ConfigError;
use super::raw::{RawAndroidApp, RawAppleApp, RawAppleEnvironment, RawAttestation, RawLeastLevel};

const ANDROID_ROOTS: &str = "enrolment.attestation.android_roots";
const ANDROID_STATUS_LIST: &str = "enrolment.attestation.android_status_list";
const APPLE_ROOTS: &str = "enrolment.attestation.apple_roots";

/// Which apps may vouch for the keys that they enrol (profile 2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttestationConfig {
    /// Android apps; `None` where no app is named.
    pub android: Option<AndroidAttestation>,
    /// Apple apps; `None` where no app is named.
    pub apple: Option<AppleAttestation>,
}

/// Android apps, and the files that their phones are checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndroidAttestation {
    /// Root certificates, PEM.
    pub roots: PathBuf,
    /// Revoked serial numbers, JSON.
    pub status_list: PathBuf,
    /// The apps.
    pub apps: Vec<AndroidApp>,
}

/// Apple apps, and the file that their attestations are checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleAttestation {
    /// Root certificates, PEM.
    pub roots: PathBuf,
    /// The apps.
    pub apps: Vec<AppleApp>,
}

impl AttestationConfig {
    pub(super) fn of(raw: RawAttestation, errors: &mut Vec<ConfigError>) -> Self {
        let mut android = Vec::new();
        for (index, app) in raw.android.into_iter().enumerate() {
            android.push(android_app(
                &format!("enrolment.attestation.android.{index}"),
                app,
                errors,
            ));
        }
        let mut apple = Vec::new();
        for (index, app) in raw.apple.iter().enumerate() {
            apple.push(apple_app(
                &format!("enrolment.attestation.apple.{index}"),
                app,
                errors,
            ));
        }
        Self {
            android: (!android.is_empty()).then(|| AndroidAttestation {
                roots: required(ANDROID_ROOTS, raw.android_roots, errors),
                status_list: required(ANDROID_STATUS_LIST, raw.android_status_list, errors),
                apps: android,
            }),
            apple: (!apple.is_empty()).then(|| AppleAttestation {
                roots: required(APPLE_ROOTS, raw.apple_roots, errors),
                apps: apple,
            }),
        }
    }

    /// Whether any app may vouch.
    pub const fn is_empty(&self) -> bool {
        self.android.is_none() && self.apple.is_none()
    }

    /// Reads every file, to tell what is wrong with them.
    pub(super) fn check_files(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if let Some(android) = &self.android {
            errors.extend(read_roots(ANDROID_ROOTS, &android.roots).err());
            errors.extend(read_status_list(&android.status_list).err());
        }
        if let Some(apple) = &self.apple {
            errors.extend(read_roots(APPLE_ROOTS, &apple.roots).err());
        }
        errors
    }
}

impl AndroidAttestation {
    /// The rules, with the files as they are now. Waits for the disk.
    ///
    /// # Errors
    /// [`ConfigError`] when a file cannot be read or is not of its kind.
    pub fn read(&self) -> Result<AndroidPolicy, ConfigError> {
        Ok(AndroidPolicy {
            roots: read_roots(ANDROID_ROOTS, &self.roots)?,
            revoked: read_status_list(&self.status_list)?,
            apps: self.apps.clone(),
        })
    }
}

impl AppleAttestation {
    /// The rules, with the file as it is now. Waits for the disk.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read or is not of its kind.
    pub fn read(&self) -> Result<ApplePolicy, ConfigError> {
        Ok(ApplePolicy {
            roots: read_roots(APPLE_ROOTS, &self.roots)?,
            apps: self.apps.clone(),
        })
    }
}

fn required(key: &str, text: Option<String>, errors: &mut Vec<ConfigError>) -> PathBuf {
    if let Some(text) = text {
        super::resolve::path(key, text, errors)
    } else {
        let fix = "name the file; `idp config schema` says where it comes from";
        errors.push(ConfigError::new(key, "is missing, and an app needs it", fix));
        PathBuf::new()
    }
}

fn android_app(key: &str, raw: RawAndroidApp, errors: &mut Vec<ConfigError>) -> AndroidApp {
    // A package name has two parts at least (Android, application identifiers).
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    if !raw.package.contains('.') || !raw.package.bytes().all(permitted) {
        let fix = "write the app's package name, such as `com.example.wallet`";
        errors.push(ConfigError::new(
            &format!("{key}.package"),
            "is not a package name",
            fix,
        ));
    }
    let digests: Option<Vec<[u8; 32]>> = raw.signatures.iter().map(|text| digest(text)).collect();
    let digests = digests.filter(|digests| !digests.is_empty()).unwrap_or_else(|| {
        let fix = "write the SHA-256 of each signing certificate in hexadecimal, as `apksigner verify --print-certs` shows it";
        let problem = "is not a list of SHA-256 digests";
        errors.push(ConfigError::new(&format!("{key}.signatures"), problem, fix));
        Vec::new()
    });
    AndroidApp {
        package: raw.package,
        signatures: digests.into_iter().collect(),
        least_level: match raw.least_level {
            RawLeastLevel::Tee => SecurityLevel::TrustedEnvironment,
            RawLeastLevel::StrongBox => SecurityLevel::SecureElement,
        },
        locked_boot: raw.locked_boot,
        face_vouched: raw.vouches_face,
    }
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let hexadecimal = text.replace(':', "");
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hexadecimal.as_bytes());
    bytes.ok()?.try_into().ok()
}

fn apple_app(key: &str, raw: &RawAppleApp, errors: &mut Vec<ConfigError>) -> AppleApp {
    let is_team = raw.team.len() == 10
        && raw
            .team
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !is_team {
        let fix = "write the ten capitals and digits of the team identifier, such as `A1B2C3D4E5`";
        errors.push(ConfigError::new(
            &format!("{key}.team"),
            "is not a team identifier",
            fix,
        ));
    }
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if raw.bundle.is_empty() || !raw.bundle.bytes().all(permitted) {
        let fix = "write the app's bundle identifier, such as `com.example.wallet`";
        errors.push(ConfigError::new(
            &format!("{key}.bundle"),
            "is not a bundle identifier",
            fix,
        ));
    }
    AppleApp {
        id: format!("{}.{}", raw.team, raw.bundle),
        environment: match raw.environment {
            RawAppleEnvironment::Production => AppleEnvironment::Production,
            RawAppleEnvironment::Development => AppleEnvironment::Development,
        },
        secure_enclave: raw.secure_enclave,
        face_vouched: raw.vouches_face,
    }
}

fn read_roots(key: &str, path: &Path) -> Result<TrustAnchors, ConfigError> {
    let text = read_file(key, path, ROOTS_LIMIT)?;
    TrustAnchors::from_pem(&text).map_err(|error| {
        let problem = format!("names a file that {error}");
        ConfigError::new(key, problem, "write the vendor's root certificates to it, as PEM")
    })
}

fn read_status_list(path: &Path) -> Result<RevokedSerials, ConfigError> {
    let text = read_file(ANDROID_STATUS_LIST, path, STATUS_LIST_LIMIT)?;
    RevokedSerials::from_status_list(&text).map_err(|error| {
        let problem = format!("names a file that {error}");
        ConfigError::new(ANDROID_STATUS_LIST, problem, "fetch it again")
    })
}

/// At most one byte more than the limit, so that the reader of the text sees that it is too long.
fn read_file(key: &str, path: &Path, limit: usize) -> Result<String, ConfigError> {
    let mut text = String::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(limit).read_to_string(&mut text))
        .map_err(|error| {
            let problem = format!("names a file that cannot be read: {error}");
            ConfigError::new(key, problem, "name a readable file of text")
        })?;
    Ok(text)
}
