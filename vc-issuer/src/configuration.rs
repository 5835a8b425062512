//! What can be asked for: each type in each format, under three credential issuer identifiers.

use std::fmt;

use crate::credential::CredentialType;
use crate::format::Format;
use crate::issuer::Issuer;

/// A credential issuer identifier of ours. They are apart because no one document serves every generation of wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// The base itself: old and new wallets read the same document.
    Root,
    /// `/haip`: High Assurance Interoperability Profile 1.0 and nothing older.
    Haip,
    /// `/w3c`: VCDM 2.0, for which OpenID4VCI has no format identifier; ours follow its media types.
    W3c,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Root, Self::Haip, Self::W3c];

    /// What follows the base.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Haip => "/haip",
            Self::W3c => "/w3c",
        }
    }

    /// The profile with this suffix, with or without the slash.
    pub fn of_suffix(suffix: &str) -> Option<Self> {
        let suffix = suffix.trim_start_matches('/');
        Self::ALL
            .into_iter()
            .find(|profile| profile.suffix().trim_start_matches('/') == suffix)
    }

    /// The credential issuer identifier, byte for byte.
    pub fn identifier(self, issuer: &Issuer) -> String {
        format!("{}{}", issuer.base(), self.suffix())
    }

    /// Whether requests of the drafts before 1.0 are read.
    pub const fn reads_drafts(self) -> bool {
        matches!(self, Self::Root | Self::W3c)
    }

    /// Whether wallets must attest themselves, push their requests and bind their tokens.
    pub const fn is_high_assurance(self) -> bool {
        matches!(self, Self::Haip)
    }

    /// The formats, the one that old wallets know first.
    pub const fn formats(self) -> &'static [Format] {
        match self {
            Self::Root => &[Format::JwtVcJson, Format::DcSdJwt, Format::MsoMdoc],
            Self::Haip => &[Format::DcSdJwt, Format::MsoMdoc],
            Self::W3c => &[Format::VcJwt, Format::VcSdJwt],
        }
    }

    /// Every configuration, in a fixed order.
    pub fn configurations(self) -> impl Iterator<Item = Configuration> {
        CredentialType::ALL.into_iter().flat_map(move |credential_type| {
            self.formats()
                .iter()
                .map(move |format| Configuration {
                    credential_type,
                    format: *format,
                })
                .filter(|configuration| configuration.exists())
        })
    }

    /// The configuration with this identifier, which is also its scope.
    pub fn find(self, identifier: &str) -> Option<Configuration> {
        self.configurations()
            .find(|configuration| configuration.to_string() == identifier)
    }
}

/// A type in a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Configuration {
    /// The type.
    pub credential_type: CredentialType,
    /// The format.
    pub format: Format,
}

impl Configuration {
    /// The European proof of age is an mdoc alone.
    fn exists(self) -> bool {
        self.credential_type != CredentialType::ProofOfAge || self.format == Format::MsoMdoc
    }
}

/// The identifier on the wire. The proof of age has the one that the European profile gives it.
impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.format {
            Format::VcJwt => "vc_jwt",
            Format::VcSdJwt => "vc_sd_jwt",
            Format::JwtVcJson | Format::Seed => "jwt_vc_json",
            Format::DcSdJwt => "dc_sd_jwt",
            Format::MsoMdoc => "mso_mdoc",
        };
        match self.credential_type {
            CredentialType::ProofOfAge => f.write_str(self.credential_type.name()),
            own => write!(f, "{}_{suffix}", own.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_configuration_is_found_by_its_identifier() {
        let mut count = 0;
        for profile in Profile::ALL {
            for configuration in profile.configurations() {
                assert_eq!(profile.find(&configuration.to_string()), Some(configuration));
                count += 1;
            }
            assert_eq!(Profile::of_suffix(profile.suffix()), Some(profile));
        }
        assert_eq!(count, 10 + 7 + 6);
        assert_eq!(Profile::Haip.find("IDTokenSealBasicIdentity_jwt_vc_json"), None);
        assert!(Profile::Root.find("proof_of_age").is_some());
    }
}
