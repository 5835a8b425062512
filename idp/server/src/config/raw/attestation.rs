//! `[enrolment.attestation]`: which apps may vouch for the keys that they enrol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[enrolment.attestation]`: which apps may vouch for the keys that they enrol, and who vouches for the apps.
///
/// An app that is named here also enrols further devices and replaces keys where `enrolment.additional_devices` is `approve`: name
/// only apps that compare the person with the seal.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawAttestation {
    /// A file with Google's root certificates in PEM, from <https://android.googleapis.com/attestation/root>. Required where an
    /// Android app is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub android_roots: Option<String>,
    /// A file with Google's list of revoked certificates, from <https://android.googleapis.com/attestation/status>; fetch it daily.
    /// It is read at every attested enrolment. Required where an Android app is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub android_status_list: Option<String>,
    /// The Android apps that may enrol attested keys, each a table of `package`, `signatures`, `least_level`, `locked_boot`,
    /// `vouches_face`.
    pub android: Vec<RawAndroidApp>,
    /// A file with Apple's root certificate in PEM, from
    /// <https://www.apple.com/certificateauthority/Apple_App_Attestation_Root_CA.pem>. Required where an Apple app is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub apple_roots: Option<String>,
    /// The Apple apps that may enrol attested keys, each a table of `team`, `bundle`, `environment`, `secure_enclave`,
    /// `vouches_face`.
    pub apple: Vec<RawAppleApp>,
}

/// The weakest hardware that is accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawLeastLevel {
    /// The trusted execution environment.
    #[default]
    Tee,
    /// A security chip of its own.
    StrongBox,
}

/// `[[enrolment.attestation.android]]`: one Android app.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawAndroidApp {
    /// The package name.
    pub package: String,
    /// SHA-256 of each certificate that may have signed the app, in hexadecimal; colons as `apksigner` and `keytool` print them
    /// are allowed.
    pub signatures: Vec<String>,
    /// The weakest hardware that the key may live in.
    pub least_level: RawLeastLevel,
    /// Whether the boot loader must be locked and the system the vendor's. Without it the app's identity is the phone's word.
    pub locked_boot: bool,
    /// Whether you vouch that the app checks the face before each signature; tokens then say so.
    pub vouches_face: bool,
}

impl Default for RawAndroidApp {
    fn default() -> Self {
        Self {
            package: String::new(),
            signatures: Vec::new(),
            least_level: RawLeastLevel::Tee,
            locked_boot: true,
            vouches_face: false,
        }
    }
}

/// Which builds of an Apple app are accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawAppleEnvironment {
    /// Distributed ones.
    #[default]
    Production,
    /// Those of developers.
    Development,
}

/// `[[enrolment.attestation.apple]]`: one Apple app.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawAppleApp {
    /// The team identifier: ten capitals and digits.
    pub team: String,
    /// The bundle identifier.
    pub bundle: String,
    /// Which builds of it are accepted.
    pub environment: RawAppleEnvironment,
    /// Whether the app keeps the keys that it enrols in the Secure Enclave. Apple vouches for the app, and the app for this.
    pub secure_enclave: bool,
    /// Whether you vouch that the app checks the face before each signature; tokens then say so.
    pub vouches_face: bool,
}

impl Default for RawAppleApp {
    fn default() -> Self {
        Self {
            team: String::new(),
            bundle: String::new(),
            environment: RawAppleEnvironment::Production,
            secure_enclave: true,
            vouches_face: false,
        }
    }
}
