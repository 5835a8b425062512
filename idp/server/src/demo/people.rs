//! Invented people. Their seals are real: issued and signed by the demo's own scheme.

use idp_types::{CivilDate, Timestamp, TokenId};
use idp_vds::{BirthDate, Content, Person, PersonPayload};

/// The tokenId of the holder whom the pages use.
pub(super) fn jean_token_id() -> Option<TokenId> {
    TokenId::parse("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11").ok()
}

/// Five years from now, at the end of that year.
fn expiry(now: Timestamp) -> Option<CivilDate> {
    CivilDate::new(now.civil_date().year() + 5, 12, 31)
}

/// Jean Dupont, born 1985-06-15, French.
pub(super) fn jean(now: Timestamp) -> Option<Content> {
    let person = Person {
        given_name: "Jean".to_owned(),
        family_name: "Dupont".to_owned(),
        birth_date: BirthDate::parse("1985-06-15")?,
        nationality: "FRA".to_owned(),
        document_number: "12AB34567".to_owned(),
        token_id: jean_token_id()?,
        expires: expiry(now)?,
        photo: None,
        face: None,
    };
    PersonPayload::new(person).ok().map(Content::Person)
}

/// Amélie Martin, born 2010-02-28, Belgian: the spare holder, and a minor.
pub(super) fn amelie(now: Timestamp) -> Option<Content> {
    let person = Person {
        given_name: "Amélie".to_owned(),
        family_name: "Martin".to_owned(),
        birth_date: BirthDate::parse("2010-02-28")?,
        nationality: "BEL".to_owned(),
        document_number: "BE7654321".to_owned(),
        token_id: TokenId::parse("3d0b7a52-6c41-4b8e-8f0e-2f6a1d9c7e44").ok()?,
        expires: expiry(now)?,
        photo: None,
        face: None,
    };
    PersonPayload::new(person).ok().map(Content::Person)
}

/// The logo of the bar, as a `data:` URL.
pub(super) fn logo() -> String {
    let svg = crate::pages::find("demo/bar.svg").map_or(&[][..], |(_, body)| body);
    format!("data:image/svg+xml;base64,{}", data_encoding::BASE64.encode(svg))
}
