//! `[keys.pkcs11]`: keys in a token.

use std::fmt;
use std::path::PathBuf;

use idp_core::keys::KeyPurpose;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::resolve::path;
use super::{ConfigError, ConfigErrors, RawSecret};
use crate::keys::TokenError;

/// `[keys.pkcs11]`: a token, such as a hardware security module, that makes and keeps private keys.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawPkcs11 {
    /// The vendor's module, a shared library: `/usr/lib/softhsm/libsofthsm2.so`. Without it there is no token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub module: Option<String>,
    /// The label of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub token: Option<String>,
    /// The PIN of its user; better in the variable `IDP_KEYS__PKCS11__PIN` or in a file than here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub pin: Option<RawSecret>,
    /// A file with the PIN, readable by the server alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub pin_file: Option<String>,
    /// The purposes whose new keys are made in the token: `token`, `service_seal`, `oidc_rs256`, `oidc_ps256`, `oidc_eddsa`, `saml_rs256`,
    /// `saml_es256`, `enrolment_credential`, `operator` or `audit`. Keys that are there already stay where they are until they rotate.
    pub purposes: Vec<String>,
    /// The label of an AES key in the token, which seals the sealing key of all others; it is made where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub seal_key: Option<String>,
    /// Sessions with the token at once.
    #[schemars(range(min = 1, max = 64))]
    pub sessions: usize,
}

impl Default for RawPkcs11 {
    fn default() -> Self {
        Self {
            module: None,
            token: None,
            pin: None,
            pin_file: None,
            purposes: Vec::new(),
            seal_key: None,
            sessions: 4,
        }
    }
}

/// A token, and what is made in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs11Config {
    /// The module.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// What opens it.
    pub pin: Pin,
    /// The purposes whose new keys are made there.
    pub purposes: Vec<KeyPurpose>,
    /// Sessions at once.
    pub sessions: usize,
}

/// Where the PIN of a token is. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum Pin {
    /// Here.
    Given(Zeroizing<String>),
    /// In a file.
    File(PathBuf),
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("Given(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl Pin {
    /// The PIN; of a file without the line's end.
    ///
    /// # Errors
    /// [`TokenError::PinFile`].
    pub fn read(&self) -> Result<Zeroizing<String>, TokenError> {
        match self {
            Self::Given(pin) => Ok(pin.clone()),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map(Zeroizing::new);
                let text = text.map_err(|source| TokenError::PinFile {
                    path: path.clone(),
                    source,
                })?;
                Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
        }
    }
}

impl Pkcs11Config {
    /// One token, with what holds unless written.
    ///
    /// # Errors
    /// [`ConfigErrors`] when a purpose is none.
    pub fn at(module: &str, token: &str, pin: &str, purposes: &[&str]) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let raw = RawPkcs11 {
            module: Some(module.to_owned()),
            token: Some(token.to_owned()),
            pin: Some(RawSecret(pin.to_owned())),
            purposes: purposes.iter().map(|&purpose| purpose.to_owned()).collect(),
            ..RawPkcs11::default()
        };
        let config = Self::of(raw, &mut errors).filter(|_| errors.is_empty());
        config.ok_or_else(|| ConfigErrors::new(errors))
    }

    /// What the table means; nothing without a module.
    pub(super) fn of(raw: RawPkcs11, errors: &mut Vec<ConfigError>) -> Option<Self> {
        let Some(module) = raw.module else {
            let is_used = !raw.purposes.is_empty() || raw.seal_key.is_some();
            if is_used {
                errors.push(missing("module", "write the path of the vendor's shared library"));
            }
            return None;
        };
        let purposes: Vec<_> = raw
            .purposes
            .iter()
            .filter_map(|word| purpose(word, errors))
            .collect();
        let token = raw.token.unwrap_or_else(|| {
            errors.push(missing("token", "write the label of the token"));
            String::new()
        });
        let pin = match (raw.pin, raw.pin_file) {
            (Some(pin), _) => Pin::Given(Zeroizing::new(pin.0)),
            (None, Some(file)) => Pin::File(path("keys.pkcs11.pin_file", file, errors)),
            (None, None) => {
                errors.push(missing(
                    "pin_file",
                    "write the path of a file with the PIN, or set IDP_KEYS__PKCS11__PIN",
                ));
                Pin::File(PathBuf::new())
            }
        };
        Some(Self {
            module: path("keys.pkcs11.module", module, errors),
            token,
            pin,
            purposes,
            sessions: raw.sessions,
        })
    }
}

fn missing(key: &str, fix: &str) -> ConfigError {
    ConfigError::new(&format!("keys.pkcs11.{key}"), "is missing", fix)
}

fn purpose(word: &str, errors: &mut Vec<ConfigError>) -> Option<KeyPurpose> {
    let found = KeyPurpose::ALL
        .into_iter()
        .find(|purpose| purpose.as_str() == word);
    if found.is_none() {
        let known = KeyPurpose::ALL.map(KeyPurpose::as_str).join(", ");
        errors.push(ConfigError::new(
            "keys.pkcs11.purposes",
            "holds a word that is no purpose",
            format!("write some of {known}"),
        ));
    }
    found
}
