//! The payload file of `idp seal issue`: JSON, in words or with the manifest's short keys.

use data_encoding::BASE64;
use idp_types::{CivilDate, Scope, ServiceId, TokenId};
use idp_vds::{BirthDate, Content, Person, PersonPayload, Service, ServicePayload};
use serde::Deserialize;

use crate::cli::CliError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    #[serde(alias = "gn", default)]
    given_name: String,
    #[serde(alias = "fn")]
    family_name: String,
    #[serde(alias = "dob", alias = "date_of_birth", alias = "birthdate")]
    birth_date: String,
    #[serde(alias = "nat")]
    nationality: String,
    #[serde(alias = "doc")]
    document_number: String,
    #[serde(alias = "tid", alias = "tokenId")]
    token_id: TokenId,
    #[serde(alias = "exp")]
    expires: String,
    /// A WebP portrait, Base64.
    photo: Option<String>,
    /// A face template, Base64.
    face: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceFile {
    #[serde(alias = "sid", alias = "serviceId")]
    service_id: ServiceId,
    name: String,
    url: String,
    logo: Option<String>,
    scopes: Vec<Scope>,
    privacy: Option<String>,
    #[serde(alias = "exp")]
    expires: String,
}

fn refused(why: impl std::fmt::Display) -> CliError {
    CliError::failed(
        "the payload cannot be sealed",
        why,
        "idp seal issue --help shows one",
    )
}

fn day(text: &str) -> Result<CivilDate, CliError> {
    CivilDate::parse(text).ok_or_else(|| refused("expires is not a day as in 2031-05-30"))
}

fn picture(name: &str, text: Option<&str>) -> Result<Option<Vec<u8>>, CliError> {
    let decode = |text: &str| {
        BASE64
            .decode(text.as_bytes())
            .map_err(|error| refused(format!("{name}: {error}")))
    };
    text.map(decode).transpose()
}

fn person(file: PersonFile) -> Result<Content, CliError> {
    let born = BirthDate::parse(&file.birth_date);
    let payload = PersonPayload::new(Person {
        birth_date: born.ok_or_else(|| refused("birth_date is not a day as in 1985-06-15"))?,
        expires: day(&file.expires)?,
        photo: picture("photo", file.photo.as_deref())?,
        face: picture("face", file.face.as_deref())?,
        given_name: file.given_name,
        family_name: file.family_name,
        nationality: file.nationality,
        document_number: file.document_number,
        token_id: file.token_id,
    });
    payload.map(Content::from).map_err(refused)
}

fn service(file: ServiceFile) -> Result<Content, CliError> {
    let payload = ServicePayload::new(Service {
        expires: day(&file.expires)?,
        service_id: file.service_id,
        name: file.name,
        url: file.url,
        logo: file.logo,
        scopes: file.scopes,
        privacy: file.privacy,
    });
    payload.map(Content::from).map_err(refused)
}

/// What the file says: a service where it names one, else a person.
pub(super) fn parse(bytes: &[u8]) -> Result<Content, CliError> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(refused)?;
    let is_service = ["sid", "service_id", "serviceId"]
        .iter()
        .any(|name| value.get(name).is_some());
    if is_service {
        serde_json::from_value(value).map_err(refused).and_then(service)
    } else {
        serde_json::from_value(value).map_err(refused).and_then(person)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_and_short_keys_say_the_same() {
        let words =
            br#"{"given_name":"Jean","family_name":"Dupont","birth_date":"1985-06-15","nationality":"FRA",
            "document_number":"12AB34567","token_id":"jean","expires":"2031-05-30"}"#;
        let short =
            br#"{"gn":"Jean","fn":"Dupont","dob":"1985-06-15","nat":"FRA","doc":"12AB34567","tid":"jean",
            "exp":"2031-05-30"}"#;
        assert_eq!(parse(words).unwrap(), parse(short).unwrap());
        assert!(parse(br#"{"gn":"Jean","shoe":42}"#).is_err());
        let service = br#"{"sid":"bar","name":"Bar","url":"https://bar.example","scopes":["identity:name"],"exp":"2031-05-30"}"#;
        assert!(matches!(parse(service), Ok(Content::Service(_))));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,200}") {
            let _ = parse(text.as_bytes());
        }
    }
}
