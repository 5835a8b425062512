//! The three types of the seed, and the European proof of age.

use idp_types::{AtomicScope, Scope, ScopeSet};

use super::Attribute;

/// What kind of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialType {
    /// `IDTokenSealIdentityCredential`, from `identity:full`.
    Identity,
    /// `IDTokenSealAgeVerification`, from `identity:age_verification`.
    AgeVerification,
    /// `IDTokenSealBasicIdentity`, from `identity:basic`.
    BasicIdentity,
    /// `eu.europa.ec.av.1`: over 18 and nothing else, as an mdoc only.
    ProofOfAge,
}

impl CredentialType {
    /// Every type.
    pub const ALL: [Self; 4] = [
        Self::Identity,
        Self::AgeVerification,
        Self::BasicIdentity,
        Self::ProofOfAge,
    ];

    /// The name in `type`; for the proof of age its configuration's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "IDTokenSealIdentityCredential",
            Self::AgeVerification => "IDTokenSealAgeVerification",
            Self::BasicIdentity => "IDTokenSealBasicIdentity",
            Self::ProofOfAge => "proof_of_age",
        }
    }

    /// The last part of its type URL and document type.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::AgeVerification => "age",
            Self::BasicIdentity => "basic",
            Self::ProofOfAge => "proof-of-age",
        }
    }

    /// The type with this slug.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }

    /// What the person is asked for.
    pub fn scopes(self) -> ScopeSet {
        match self {
            Self::Identity => Scope::Full.expand(),
            Self::AgeVerification => Scope::AgeVerification.expand(),
            Self::BasicIdentity => Scope::Basic.expand(),
            Self::ProofOfAge => ScopeSet::from_iter([AtomicScope::AgeOver18]),
        }
    }

    /// What it may carry, in the seed's order.
    pub const fn attributes(self) -> &'static [Attribute] {
        use Attribute as A;
        match self {
            Self::Identity => &[
                A::GivenName,
                A::FamilyName,
                A::DateOfBirth,
                A::Nationality,
                A::DocumentNumber,
                A::TrustLevel,
            ],
            Self::AgeVerification => &[A::AgeOver18, A::GivenName, A::FamilyName],
            Self::BasicIdentity => &[A::GivenName, A::FamilyName, A::TrustLevel],
            Self::ProofOfAge => &[A::AgeOver18],
        }
    }

    /// What it is about: without these there is nothing to certify (profile 10).
    pub const fn essential(self) -> &'static [Attribute] {
        match self {
            Self::Identity | Self::BasicIdentity => &[Attribute::GivenName, Attribute::FamilyName],
            Self::AgeVerification | Self::ProofOfAge => &[Attribute::AgeOver18],
        }
    }

    /// What a wallet shows: a name and a sentence.
    pub const fn display(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => (
                "IDToken Seal Identity Credential",
                "Full identity credential backed by a government-issued VDS",
            ),
            Self::AgeVerification => (
                "IDToken Seal Age Verification",
                "Age verification credential (over 18) without revealing date of birth",
            ),
            Self::BasicIdentity => (
                "IDToken Seal Basic Identity",
                "Minimal identity credential with name and trust level",
            ),
            Self::ProofOfAge => ("Proof of Age", "Over 18, and nothing else"),
        }
    }

    /// Whether its evidence may say which manifest and which signer stand behind the seal. An age credential says less.
    pub const fn tells_source(self) -> bool {
        matches!(self, Self::Identity | Self::BasicIdentity)
    }
}
