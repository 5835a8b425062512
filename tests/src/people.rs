//! Invented people. Their seals are real: issued and signed by the test server's own scheme.

use idp_types::{CivilDate, Fingerprint, TokenId};
use idp_vds::{BirthDate, Carrier, Content, Person, PersonPayload, Seal, encode_text};

use crate::fresh;

/// Somebody whom a seal could be about.
#[derive(Debug, Clone)]
pub struct Invented {
    /// Given names.
    pub given_name: String,
    /// Family names.
    pub family_name: String,
    /// `YYYY-MM-DD`, or a part of it.
    pub birth_date: String,
    /// Three letters.
    pub nationality: String,
    /// The document's number.
    pub document_number: String,
    /// The holder.
    pub token_id: String,
    /// The last day of the seal.
    pub expires: String,
    /// A portrait.
    pub photo: Option<Vec<u8>>,
}

impl Invented {
    /// Jean Dupont, 1985-06-15, with a tokenId of his own.
    pub fn jean() -> Self {
        Self {
            given_name: "Jean".into(),
            family_name: "Dupont".into(),
            birth_date: "1985-06-15".into(),
            nationality: "FRA".into(),
            document_number: "12AB34567".into(),
            token_id: fresh("jean"),
            expires: "2031-12-31".into(),
            photo: None,
        }
    }

    /// Amélie Martin, a child.
    pub fn amelie() -> Self {
        Self {
            given_name: "Amélie".into(),
            family_name: "Martin".into(),
            birth_date: "2015-02-28".into(),
            nationality: "BEL".into(),
            document_number: "BE7654321".into(),
            token_id: fresh("amelie"),
            ..Self::jean()
        }
    }

    /// What the seal says.
    pub fn content(&self) -> Content {
        let person = Person {
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            birth_date: BirthDate::parse(&self.birth_date).expect("a birth date"),
            nationality: self.nationality.clone(),
            document_number: self.document_number.clone(),
            token_id: TokenId::parse(self.token_id.as_str()).expect("a tokenId"),
            expires: CivilDate::parse(&self.expires).expect("a date"),
            photo: self.photo.clone(),
            face: None,
        };
        Content::Person(PersonPayload::new(person).expect("a person that the manifest accepts"))
    }
}

/// Somebody with a seal.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who it is.
    pub person: Invented,
    /// The holder.
    pub token_id: TokenId,
    /// The seal as text.
    pub seal: String,
    /// What identifies the seal.
    pub fingerprint: Fingerprint,
}

impl Holder {
    /// With an issued seal.
    pub fn new(person: Invented, seal: &Seal) -> Self {
        Self {
            token_id: TokenId::parse(person.token_id.as_str()).expect("a tokenId"),
            seal: encode_text(Carrier::Base32, seal),
            fingerprint: seal.digest(),
            person,
        }
    }
}
