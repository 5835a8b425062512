//! Key sets for relying parties that break over what others need: one issuer, several profiles of it, each with its own path,
//! its own discovery document and its own view of the published keys.

use idp_jose::Algorithm;

/// What a profile signs with when it offers everything, the preferred one first: RS256 is what every relying party knows
/// (OpenID Connect Core 15.1).
const EVERY_ALGORITHM: [Algorithm; 4] = [
    Algorithm::Rs256,
    Algorithm::Es256,
    Algorithm::Ps256,
    Algorithm::EdDsa,
];

/// Which of the published keys, and what of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeySetView {
    /// Every key; the one for RS256 with its certificate.
    All,
    /// Keys for RS256 alone, with their certificates.
    Rsa,
    /// Keys for RS256 alone, without certificates.
    RsaBare,
    /// Every key, without certificates.
    NoX5c,
}

impl KeySetView {
    /// Whether keys of an algorithm are shown.
    pub(super) const fn shows(self, algorithm: Algorithm) -> bool {
        match self {
            Self::All | Self::NoX5c => true,
            Self::Rsa | Self::RsaBare => matches!(algorithm, Algorithm::Rs256),
        }
    }

    /// Whether certificates are shown.
    pub(super) const fn shows_certificates(self) -> bool {
        matches!(self, Self::All | Self::Rsa)
    }
}

/// A profile of the issuer, at `/t/{profile}` below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssuerProfile {
    /// Microsoft Entra: RS256 alone, and `x5c` has to be there.
    Entra,
    /// Microsoft Entra's external authentication methods: the same keys, but its own authorization endpoint and response type.
    EntraMfa,
    /// Google: RS256 alone, and no members that its upload of a key set does not know, `x5c` among them.
    Google,
    /// Every algorithm, no certificates: for libraries that stumble over `x5c`.
    Plain,
}

impl IssuerProfile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Entra, Self::EntraMfa, Self::Google, Self::Plain];

    /// The profile of a path segment.
    pub fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == segment)
    }

    /// The path segment.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::EntraMfa => "entra-mfa",
            Self::Google => "google",
            Self::Plain => "plain",
        }
    }

    /// The profile's own issuer, below the root one.
    pub fn issuer(self, root: &str) -> String {
        format!("{root}/t/{}", self.as_str())
    }

    /// What ID tokens of this profile may be signed with, the preferred one first.
    pub const fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Entra | Self::EntraMfa | Self::Google => &[Algorithm::Rs256],
            Self::Plain => &EVERY_ALGORITHM,
        }
    }

    /// Its view of the published keys.
    pub const fn key_set(self) -> KeySetView {
        match self {
            Self::Entra | Self::EntraMfa => KeySetView::Rsa,
            Self::Google => KeySetView::RsaBare,
            Self::Plain => KeySetView::NoX5c,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_named_by_their_segments() {
        for profile in IssuerProfile::ALL {
            assert_eq!(IssuerProfile::parse(profile.as_str()), Some(profile));
            for algorithm in profile.algorithms() {
                assert!(profile.key_set().shows(*algorithm), "{profile:?} {algorithm}");
            }
        }
        for segment in ["", "Entra", "entra ", "okta"] {
            assert_eq!(IssuerProfile::parse(segment), None, "{segment}");
        }
        let issuer = IssuerProfile::Entra.issuer("https://login.example.com");
        assert_eq!(issuer, "https://login.example.com/t/entra");
    }
}
