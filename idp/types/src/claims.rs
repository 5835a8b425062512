//! The claim catalogue: what a phone can present, what a token can carry, and the two spellings of the latter (profile 5 and 6).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::scope::AtomicScope;
use crate::{CivilDate, ScopeError};

/// A claim as the enrolment credential discloses it (profile 1.1): the seal's attributes and each age that already holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceClaim {
    /// `given_name`
    GivenName,
    /// `family_name`
    FamilyName,
    /// `birthdate`
    Birthdate,
    /// `nationality`
    Nationality,
    /// `document_number`
    DocumentNumber,
    /// `picture`
    Picture,
    /// `age_over_18`
    AgeOver18,
    /// `age_over_21`
    AgeOver21,
    /// `age_over_25`
    AgeOver25,
}

impl SourceClaim {
    /// The whole catalogue.
    pub const ALL: [Self; 9] = [
        Self::GivenName,
        Self::FamilyName,
        Self::Birthdate,
        Self::Nationality,
        Self::DocumentNumber,
        Self::Picture,
        Self::AgeOver18,
        Self::AgeOver21,
        Self::AgeOver25,
    ];

    /// The name of its disclosure.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Birthdate => "birthdate",
            Self::Nationality => "nationality",
            Self::DocumentNumber => "document_number",
            Self::Picture => "picture",
            Self::AgeOver18 => "age_over_18",
            Self::AgeOver21 => "age_over_21",
            Self::AgeOver25 => "age_over_25",
        }
    }

    /// What a scope needs, best first: each inner list is one sufficient combination. The predicate itself is preferred,
    /// because disclosing it discloses nothing else (profile 1.3).
    pub const fn sufficient_for(scope: AtomicScope) -> &'static [&'static [Self]] {
        match scope {
            AtomicScope::Name | AtomicScope::NameInitial => &[&[Self::GivenName, Self::FamilyName]],
            AtomicScope::GivenName => &[&[Self::GivenName]],
            AtomicScope::FamilyName => &[&[Self::FamilyName]],
            AtomicScope::DateOfBirth | AtomicScope::AgeRange => &[&[Self::Birthdate]],
            AtomicScope::Nationality | AtomicScope::IsEuCitizen => &[&[Self::Nationality]],
            AtomicScope::Document => &[&[Self::DocumentNumber]],
            AtomicScope::Photo => &[&[Self::Picture]],
            AtomicScope::TrustLevel => &[&[]],
            AtomicScope::AgeOver18 => &[&[Self::AgeOver18], &[Self::Birthdate]],
            AtomicScope::AgeOver21 => &[&[Self::AgeOver21], &[Self::Birthdate]],
            AtomicScope::AgeOver25 => &[&[Self::AgeOver25], &[Self::Birthdate]],
        }
    }
}

impl FromStr for SourceClaim {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL
            .into_iter()
            .find(|claim| claim.as_str() == text)
            .ok_or(ScopeError)
    }
}

/// Identity claims that a person released, in their flat spelling. A denied claim is absent. Never printed; wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct ClaimSet {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Given name, space, family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[zeroize(skip)]
    pub birthdate: Option<CivilDate>,
    /// Three-letter code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Document number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    /// Portrait, base64 of WEBP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// 1, 2 or 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_level: Option<u8>,
    /// Whether 18 years are completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_over_18: Option<bool>,
    /// Whether 21 years are completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_over_21: Option<bool>,
    /// Whether 25 years are completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_over_25: Option<bool>,
    /// Age bracket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_range: Option<String>,
    /// Whether the nationality is one of the European Union's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_eu_citizen: Option<bool>,
    /// Initials, `J. D.`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_initial: Option<String>,
}

impl fmt::Debug for ClaimSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimSet(..)")
    }
}

/// The seeds' nested camelCase spelling of the same claims. `age_over_18` stands twice, because the Quick Start and the
/// claims table disagree (profile 5).
#[derive(Serialize)]
pub struct NestedClaims<'a> {
    /// The subject, as in `sub`.
    #[serde(rename = "tokenId")]
    pub token_id: &'a str,
    #[serde(rename = "givenName", skip_serializing_if = "Option::is_none")]
    given_name: Option<&'a str>,
    #[serde(rename = "familyName", skip_serializing_if = "Option::is_none")]
    family_name: Option<&'a str>,
    #[serde(rename = "dateOfBirth", skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<CivilDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nationality: Option<&'a str>,
    #[serde(rename = "documentNumber", skip_serializing_if = "Option::is_none")]
    document_number: Option<&'a str>,
    #[serde(rename = "photoBase64", skip_serializing_if = "Option::is_none")]
    photo: Option<&'a str>,
    #[serde(rename = "trustLevel", skip_serializing_if = "Option::is_none")]
    trust_level: Option<u8>,
    #[serde(rename = "age_over_18", skip_serializing_if = "Option::is_none")]
    age_over_18_quick_start: Option<bool>,
    #[serde(rename = "ageOver18", skip_serializing_if = "Option::is_none")]
    age_over_18: Option<bool>,
    #[serde(rename = "ageOver21", skip_serializing_if = "Option::is_none")]
    age_over_21: Option<bool>,
    #[serde(rename = "ageOver25", skip_serializing_if = "Option::is_none")]
    age_over_25: Option<bool>,
    #[serde(rename = "ageRange", skip_serializing_if = "Option::is_none")]
    age_range: Option<&'a str>,
    #[serde(rename = "isEuCitizen", skip_serializing_if = "Option::is_none")]
    is_eu_citizen: Option<bool>,
    #[serde(rename = "nameInitial", skip_serializing_if = "Option::is_none")]
    name_initial: Option<&'a str>,
}

impl ClaimSet {
    /// The nested spelling, for the subject `token_id`.
    pub fn nested<'a>(&'a self, token_id: &'a str) -> NestedClaims<'a> {
        NestedClaims {
            token_id,
            given_name: self.given_name.as_deref(),
            family_name: self.family_name.as_deref(),
            date_of_birth: self.birthdate,
            nationality: self.nationality.as_deref(),
            document_number: self.document_number.as_deref(),
            photo: self.picture.as_deref(),
            trust_level: self.trust_level,
            age_over_18_quick_start: self.age_over_18,
            age_over_18: self.age_over_18,
            age_over_21: self.age_over_21,
            age_over_25: self.age_over_25,
            age_range: self.age_range.as_deref(),
            is_eu_citizen: self.is_eu_citizen,
            name_initial: self.name_initial.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_claim() {
        let mut claims = ClaimSet::default();
        claims.given_name = Some("Jean".into());
        assert_eq!(format!("{claims:?}"), "ClaimSet(..)");
    }

    #[test]
    fn every_source_claim_reads_back() {
        for claim in SourceClaim::ALL {
            assert_eq!(claim.as_str().parse(), Ok(claim));
        }
    }
}
