//! Attributes: what a provider may be told and under which name (profile 9).

use idp_types::scope::{AtomicScope, ScopeSet};
use serde::{Deserialize, Serialize};

use crate::names::ATTRIBUTE_NAME_URI;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeSource {
    /// The first tokenId of the chain; only to providers whose subject is public.
    TokenId,
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// Both names.
    Name,
    /// Date of birth.
    DateOfBirth,
    /// Nationality.
    Nationality,
    /// Document number.
    DocumentNumber,
    /// Trust level.
    TrustLevel,
    /// Whether 18 years are completed.
    AgeOver18,
    /// Whether 21 years are completed.
    AgeOver21,
    /// Whether 25 years are completed.
    AgeOver25,
    /// Age bracket.
    AgeRange,
    /// Whether the nationality is one of the European Union's.
    IsEuCitizen,
    /// Initials.
    NameInitial,
    /// Portrait.
    Photo,
    /// `pairwise-id` (SAML subject identifier attributes 3.4).
    PairwiseId,
    /// `subject-id` (3.3); only to providers whose subject is public.
    SubjectId,
    /// The account that the operator linked.
    Account,
    /// The same value for everybody, such as a role.
    Constant(Vec<String>),
}

/// `Name` and `FriendlyName` where no rule says otherwise. Those of the profile stand under the arc of the seed.
const STANDARD: [(AttributeSource, &str, &str); 17] = [
    (
        AttributeSource::TokenId,
        "urn:oid:1.3.6.1.4.1.51528.3.1",
        "tokenId",
    ),
    (AttributeSource::GivenName, "urn:oid:2.5.4.42", "givenName"),
    (AttributeSource::FamilyName, "urn:oid:2.5.4.4", "familyName"),
    (
        AttributeSource::Name,
        "urn:oid:2.16.840.1.113730.3.1.241",
        "displayName",
    ),
    (
        AttributeSource::DateOfBirth,
        "urn:oid:1.3.6.1.4.1.51528.3.2",
        "dateOfBirth",
    ),
    (
        AttributeSource::Nationality,
        "urn:oid:1.3.6.1.4.1.51528.3.3",
        "nationality",
    ),
    (
        AttributeSource::DocumentNumber,
        "urn:oid:1.3.6.1.4.1.51528.3.4",
        "documentNumber",
    ),
    (
        AttributeSource::TrustLevel,
        "urn:oid:1.3.6.1.4.1.51528.3.5",
        "trustLevel",
    ),
    (
        AttributeSource::AgeOver18,
        "urn:oid:1.3.6.1.4.1.51528.3.6",
        "ageOver18",
    ),
    (
        AttributeSource::AgeOver21,
        "urn:oid:1.3.6.1.4.1.51528.3.7",
        "ageOver21",
    ),
    (
        AttributeSource::AgeOver25,
        "urn:oid:1.3.6.1.4.1.51528.3.8",
        "ageOver25",
    ),
    (
        AttributeSource::AgeRange,
        "urn:oid:1.3.6.1.4.1.51528.3.9",
        "ageRange",
    ),
    (
        AttributeSource::IsEuCitizen,
        "urn:oid:1.3.6.1.4.1.51528.3.10",
        "isEuCitizen",
    ),
    (
        AttributeSource::NameInitial,
        "urn:oid:1.3.6.1.4.1.51528.3.11",
        "nameInitial",
    ),
    (AttributeSource::Photo, "urn:oid:1.3.6.1.4.1.51528.3.12", "photo"),
    (
        AttributeSource::PairwiseId,
        "urn:oasis:names:tc:SAML:attribute:pairwise-id",
        "pairwise-id",
    ),
    (
        AttributeSource::SubjectId,
        "urn:oasis:names:tc:SAML:attribute:subject-id",
        "subject-id",
    ),
];

impl AttributeSource {
    /// The source with this friendly name, as an operator writes it.
    pub fn parse(friendly_name: &str) -> Option<Self> {
        STANDARD
            .into_iter()
            .find(|(_, _, friendly)| *friendly == friendly_name)
            .map(|(source, _, _)| source)
            .or_else(|| (friendly_name == "account").then_some(Self::Account))
    }

    /// What the person must grant on the phone for it.
    pub const fn scope(&self) -> Option<AtomicScope> {
        match self {
            Self::GivenName => Some(AtomicScope::GivenName),
            Self::FamilyName => Some(AtomicScope::FamilyName),
            Self::Name => Some(AtomicScope::Name),
            Self::DateOfBirth => Some(AtomicScope::DateOfBirth),
            Self::Nationality => Some(AtomicScope::Nationality),
            Self::DocumentNumber => Some(AtomicScope::Document),
            Self::TrustLevel => Some(AtomicScope::TrustLevel),
            Self::AgeOver18 => Some(AtomicScope::AgeOver18),
            Self::AgeOver21 => Some(AtomicScope::AgeOver21),
            Self::AgeOver25 => Some(AtomicScope::AgeOver25),
            Self::AgeRange => Some(AtomicScope::AgeRange),
            Self::IsEuCitizen => Some(AtomicScope::IsEuCitizen),
            Self::NameInitial => Some(AtomicScope::NameInitial),
            Self::Photo => Some(AtomicScope::Photo),
            Self::TokenId | Self::PairwiseId | Self::SubjectId | Self::Account | Self::Constant(_) => None,
        }
    }
}

/// One attribute of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeRule {
    /// Where its value comes from.
    pub source: AttributeSource,
    /// `Name`.
    pub name: String,
    /// `NameFormat`; some service providers want none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_format: Option<String>,
    /// `FriendlyName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
}

impl AttributeRule {
    /// The attribute under its standard name. An account and a constant have none: they are named by [`AttributeRule::named`].
    pub fn standard(source: AttributeSource) -> Option<Self> {
        let (_, name, friendly) = STANDARD.into_iter().find(|(known, _, _)| *known == source)?;
        Some(Self {
            source,
            name: name.to_owned(),
            name_format: Some(ATTRIBUTE_NAME_URI.to_owned()),
            friendly_name: Some(friendly.to_owned()),
        })
    }

    /// The attribute under a name of the operator's, without a format.
    pub fn named(source: AttributeSource, name: &str) -> Self {
        Self {
            source,
            name: name.to_owned(),
            name_format: None,
            friendly_name: None,
        }
    }

    /// What the person is asked for, so that these can be told.
    pub fn scopes<'a>(rules: impl IntoIterator<Item = &'a Self>) -> ScopeSet {
        let scopes = rules.into_iter().filter_map(|rule| rule.source.scope());
        ScopeSet::expanding(scopes.map(idp_types::scope::Scope::Atomic))
    }
}
