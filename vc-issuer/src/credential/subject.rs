//! From what the person granted to what a credential says about them.

use std::collections::BTreeMap;

use idp_types::{CivilDate, ClaimSet, Timestamp};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::validity::{completes, hour};
use super::{Attribute, CredentialType};

const ADULT: u16 = 18;

/// Why no credential of the type can be made for this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// The person did not grant what the type is about: `credential_request_denied` (profile 10).
    #[error("what the credential is about was not granted")]
    EssentialDenied,
    /// The predicate does not hold, and nothing tells when it will: the credential could turn false.
    #[error("the predicate does not hold and may turn")]
    PredicateUnbounded,
    /// The granted predicate and the birth date that came along disagree.
    #[error("the predicate contradicts the birth date")]
    Contradiction,
}

/// What the person released for this issuance.
#[derive(Clone, Debug)]
pub struct Granted<'a> {
    /// The released claims; a denied one is absent.
    pub claims: &'a ClaimSet,
    /// The birth date, where the phone showed one, even if it was shown for a predicate alone and is in no claim.
    pub shown_birthdate: Option<CivilDate>,
}

/// One value.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub enum AttributeValue {
    /// Text.
    Text(String),
    /// A day.
    #[zeroize(skip)]
    Date(CivilDate),
    /// A country, three letters as in the document.
    Country(String),
    /// A small number.
    Number(u8),
    /// Whether it holds.
    Holds(bool),
}

/// What the credential says. Never printed, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    credential_type: CredentialType,
    attributes: BTreeMap<Attribute, AttributeValue>,
    turns_at: Option<Timestamp>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subject({})", self.credential_type.name())
    }
}

impl Subject {
    /// The subject of a credential that begins in the hour of `now`. What was not granted is not in it.
    ///
    /// # Errors
    /// [`SubjectError`].
    pub fn new(
        credential_type: CredentialType,
        granted: &Granted<'_>,
        now: Timestamp,
    ) -> Result<Self, SubjectError> {
        let age = Predicate::of(granted, now)?;
        let attributes: BTreeMap<Attribute, AttributeValue> = credential_type
            .attributes()
            .iter()
            .filter_map(|attribute| Some((*attribute, value(*attribute, granted.claims, &age)?)))
            .collect();
        let has_all = credential_type
            .essential()
            .iter()
            .all(|needed| attributes.contains_key(needed));
        if !has_all {
            return Err(SubjectError::EssentialDenied);
        }
        let says = attributes.get(&Attribute::AgeOver18);
        // The European proof of age has one value: who is under 18 has no proof of being over it.
        if credential_type == CredentialType::ProofOfAge && says != Some(&AttributeValue::Holds(true)) {
            return Err(SubjectError::EssentialDenied);
        }
        let turns_at = match says {
            Some(AttributeValue::Holds(false)) => Some(age.turns_at.ok_or(SubjectError::PredicateUnbounded)?),
            _ => None,
        };
        Ok(Self {
            credential_type,
            attributes,
            turns_at,
        })
    }

    /// The type that it is for.
    pub const fn credential_type(&self) -> CredentialType {
        self.credential_type
    }

    /// What is said, in the order of the seed's table for the type.
    pub fn iter(&self) -> impl Iterator<Item = (Attribute, &AttributeValue)> {
        let order = self.credential_type.attributes();
        order
            .iter()
            .filter_map(|attribute| Some((*attribute, self.attributes.get(attribute)?)))
    }

    /// What is said about one attribute.
    pub fn get(&self, attribute: Attribute) -> Option<&AttributeValue> {
        self.attributes.get(&attribute)
    }

    /// When something that it says turns: the credential must be over by then.
    pub const fn turns_at(&self) -> Option<Timestamp> {
        self.turns_at
    }
}

/// Over 18 at the hour that the credential begins in.
struct Predicate {
    holds: Option<bool>,
    turns_at: Option<Timestamp>,
}

impl Predicate {
    fn of(granted: &Granted<'_>, now: Timestamp) -> Result<Self, SubjectError> {
        let Some(said) = granted.claims.age_over_18 else {
            return Ok(Self {
                holds: None,
                turns_at: None,
            });
        };
        let Some(birthdate) = granted.shown_birthdate.or(granted.claims.birthdate) else {
            return Ok(Self {
                holds: Some(said),
                turns_at: None,
            });
        };
        let turns_at = completes(birthdate, ADULT);
        let holds = turns_at.is_some_and(|moment| moment <= hour(now));
        // Between approval and signing a person may have come of age; nobody becomes younger.
        if said && !holds {
            return Err(SubjectError::Contradiction);
        }
        Ok(Self {
            holds: Some(holds),
            turns_at: turns_at.filter(|_| !holds),
        })
    }
}

fn value(attribute: Attribute, claims: &ClaimSet, age: &Predicate) -> Option<AttributeValue> {
    let text = |claim: &Option<String>| claim.clone().map(AttributeValue::Text);
    match attribute {
        Attribute::GivenName => text(&claims.given_name),
        Attribute::FamilyName => text(&claims.family_name),
        Attribute::DateOfBirth => claims.birthdate.map(AttributeValue::Date),
        Attribute::Nationality => claims.nationality.clone().map(AttributeValue::Country),
        Attribute::DocumentNumber => text(&claims.document_number),
        Attribute::TrustLevel => claims.trust_level.map(AttributeValue::Number),
        Attribute::AgeOver18 => age.holds.map(AttributeValue::Holds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Validity;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn claims(over: Option<bool>) -> ClaimSet {
        let mut claims = ClaimSet::default();
        claims.given_name = Some("Jean".into());
        claims.family_name = Some("Dupont".into());
        claims.age_over_18 = over;
        claims
    }

    fn age(over: Option<bool>, born: Option<&str>, now: &str) -> Result<Subject, SubjectError> {
        let granted = Granted {
            claims: &claims(over),
            shown_birthdate: born.and_then(CivilDate::parse),
        };
        Subject::new(CredentialType::AgeVerification, &granted, at(now))
    }

    #[test]
    fn a_denied_attribute_is_absent_and_a_denied_point_is_refused() {
        let mut partial = claims(None);
        partial.nationality = Some("FRA".into());
        let granted = Granted {
            claims: &partial,
            shown_birthdate: None,
        };
        let now = at("2026-01-15T10:42:07Z");
        let subject = Subject::new(CredentialType::Identity, &granted, now).unwrap();
        let names: Vec<Attribute> = subject.iter().map(|(attribute, _)| attribute).collect();
        assert_eq!(
            names,
            [
                Attribute::GivenName,
                Attribute::FamilyName,
                Attribute::Nationality
            ]
        );
        for kind in [CredentialType::AgeVerification, CredentialType::ProofOfAge] {
            assert_eq!(
                Subject::new(kind, &granted, now),
                Err(SubjectError::EssentialDenied)
            );
        }
        assert_eq!(format!("{subject:?}"), "Subject(IDTokenSealIdentityCredential)");
    }

    #[test]
    fn a_minor_s_predicate_ends_at_the_birthday() {
        let now = "2026-06-14T10:42:07Z";
        let subject = age(Some(false), Some("2008-06-15"), now).unwrap();
        assert!(subject.get(Attribute::AgeOver18) == Some(&AttributeValue::Holds(false)));
        let until = Validity::new(at(now), 90 * 86_400, subject.turns_at())
            .unwrap()
            .until();
        assert_eq!(until, at("2026-06-15T00:00:00Z"));
        assert_eq!(age(Some(false), None, now), Err(SubjectError::PredicateUnbounded));
    }

    #[test]
    fn the_predicate_is_that_of_the_hour_of_signing() {
        let grown = age(Some(false), Some("2008-06-15"), "2026-06-15T00:10:00Z").unwrap();
        assert!(grown.get(Attribute::AgeOver18) == Some(&AttributeValue::Holds(true)));
        assert_eq!(grown.turns_at(), None);
        let young = age(Some(true), Some("2008-06-15"), "2026-06-14T23:59:59Z");
        assert_eq!(young, Err(SubjectError::Contradiction));
    }

    #[test]
    fn only_adults_have_a_proof_of_age() {
        let granted = Granted {
            claims: &claims(Some(false)),
            shown_birthdate: CivilDate::parse("2015-01-01"),
        };
        let proof = Subject::new(CredentialType::ProofOfAge, &granted, at("2026-01-15T10:42:07Z"));
        assert_eq!(proof, Err(SubjectError::EssentialDenied));
    }
}
