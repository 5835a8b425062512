//! The payload of a person's seal, `0A0001`.

use std::fmt;
use std::ops::Deref;

use idp_types::{CivilDate, TokenId};
use zeroize::{Zeroize, Zeroizing};

use super::{BirthDate, PERSON};
use crate::payload::{FieldProblem, Fields, PayloadError, Value, write_values};

/// What a seal says of a person. Its `Debug` shows nothing, and the texts and pictures are wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// `gn`; empty for who has one name only.
    pub given_name: String,
    /// `fn`.
    pub family_name: String,
    /// `dob`.
    pub birth_date: BirthDate,
    /// `nat`, ICAO 9303 part 3 section 5: one to three capital letters (`D`, `FRA`, `XXA`).
    pub nationality: String,
    /// `doc`.
    pub document_number: String,
    /// `tid`, the holder's stable identifier.
    pub token_id: TokenId,
    /// `exp`, the last day on which the seal is valid.
    pub expires: CivilDate,
    /// `photo`, a small WebP portrait.
    pub photo: Option<Vec<u8>>,
    /// `face`, a face template; never a claim.
    pub face: Option<Vec<u8>>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.given_name.zeroize();
        self.family_name.zeroize();
        self.nationality.zeroize();
        self.document_number.zeroize();
        self.photo.zeroize();
        self.face.zeroize();
    }
}

/// A [`Person`] that the manifest `0A0001` accepts. Reads like a `Person` and cannot be altered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPayload(Person);

impl PersonPayload {
    /// Checks what is to be issued, by the rules that apply to what is read.
    ///
    /// # Errors
    /// [`PayloadError::Field`] names the field that the manifest does not accept.
    pub fn new(person: Person) -> Result<Self, PayloadError> {
        let payload = Self(person);
        payload.with_values(|values| {
            let fields = Fields::check(&PERSON, values)?;
            check_nationality(fields.text("nat"))
        })?;
        Ok(payload)
    }

    /// Reads a payload of manifest `0A0001`, positional or as a map.
    ///
    /// # Errors
    /// [`PayloadError`] when the payload is not what the manifest describes.
    pub fn read(payload: &[u8]) -> Result<Self, PayloadError> {
        let fields = Fields::read(&PERSON, payload)?;
        check_nationality(fields.text("nat"))?;
        Ok(Self(Person {
            given_name: fields.text("gn").to_owned(),
            family_name: fields.text("fn").to_owned(),
            birth_date: fields.birth_date("dob")?,
            nationality: fields.text("nat").to_owned(),
            document_number: fields.text("doc").to_owned(),
            token_id: TokenId::parse(fields.text("tid")).map_err(|_| FieldProblem::Identifier.of("tid"))?,
            expires: fields.date("exp")?,
            photo: fields.binary("photo").map(<[u8]>::to_vec),
            face: fields.binary("face").map(<[u8]>::to_vec),
        }))
    }

    /// The positional form.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.with_values(|values| write_values(&values))
    }

    fn with_values<T>(&self, read: impl FnOnce(Vec<Value<'_>>) -> T) -> T {
        let birth_date = Zeroizing::new(self.birth_date.to_string());
        let expires = self.expires.to_string();
        let optional_text = |text| {
            if str::is_empty(text) {
                Value::Nil
            } else {
                Value::Text(text)
            }
        };
        read(vec![
            optional_text(&self.given_name),
            Value::Text(&self.family_name),
            Value::Text(&birth_date),
            Value::Text(&self.nationality),
            Value::Text(&self.document_number),
            Value::Text(self.token_id.as_str()),
            Value::Text(&expires),
            self.photo.as_deref().map_or(Value::Nil, Value::Binary),
            self.face.as_deref().map_or(Value::Nil, Value::Binary),
        ])
    }
}

impl Deref for PersonPayload {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.0
    }
}

fn check_nationality(text: &str) -> Result<(), PayloadError> {
    let letters = text.bytes().all(|byte| byte.is_ascii_uppercase());
    if letters {
        Ok(())
    } else {
        Err(FieldProblem::Character.of("nat"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jean() -> Person {
        Person {
            given_name: "Jean".into(),
            family_name: "Dupont".into(),
            birth_date: BirthDate::parse("1985-06-15").unwrap(),
            nationality: "FRA".into(),
            document_number: "12AB34567".into(),
            token_id: TokenId::parse("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11").unwrap(),
            expires: CivilDate::parse("2027-03-15").unwrap(),
            photo: None,
            face: None,
        }
    }

    fn jean_but(change: impl FnOnce(&mut Person)) -> Person {
        let mut person = jean();
        change(&mut person);
        person
    }

    fn problem(change: impl FnOnce(&mut Person)) -> PayloadError {
        PersonPayload::new(jean_but(change)).unwrap_err()
    }

    #[test]
    fn both_forms_read_the_same() {
        let payload = PersonPayload::new(jean()).unwrap();
        let positional = payload.to_bytes();
        let values = crate::payload::read_values(&positional).unwrap();
        let named = PERSON
            .fields
            .iter()
            .map(|field| field.name)
            .zip(values)
            .filter(|(_, value)| !value.is_absent());
        let map = write_values(&[Value::Map(named.collect())]);
        assert_eq!(PersonPayload::read(&positional).unwrap(), payload);
        assert_eq!(PersonPayload::read(&map).unwrap(), payload);
    }

    #[test]
    fn a_map_has_only_fields_of_the_manifest() {
        let map = write_values(&[Value::Map(vec![
            ("gn", Value::Text("Jean")),
            ("shoe", Value::Integer(42)),
        ])]);
        assert_eq!(PersonPayload::read(&map), Err(PayloadError::UnknownField));
    }

    #[test]
    fn positional_values_are_exactly_those_of_the_manifest() {
        let mut bytes = PersonPayload::new(jean()).unwrap().to_bytes().to_vec();
        bytes.push(0xC0);
        let expected = PayloadError::FieldCount {
            expected: 9,
            found: 10,
        };
        assert_eq!(PersonPayload::read(&bytes), Err(expected));
        bytes.truncate(bytes.len() - 2);
        assert_eq!(
            PersonPayload::read(&bytes),
            Err(PayloadError::FieldCount {
                expected: 9,
                found: 8
            })
        );
    }

    #[test]
    fn each_field_has_its_limits() {
        use FieldProblem::{Character, Missing, TooLong};
        assert_eq!(
            problem(|person| person.family_name = String::new()),
            Missing.of("fn")
        );
        assert_eq!(
            problem(|person| person.family_name = "é".repeat(40)),
            TooLong.of("fn")
        );
        assert_eq!(
            problem(|person| person.given_name = "a\u{0}".into()),
            Character.of("gn")
        );
        assert_eq!(
            problem(|person| person.nationality = "fra".into()),
            Character.of("nat")
        );
        assert_eq!(
            problem(|person| person.face = Some(vec![0; 141])),
            TooLong.of("face")
        );
        assert_eq!(
            problem(|person| person.photo = Some(vec![0; 7169])),
            TooLong.of("photo")
        );
    }

    #[test]
    fn names_may_be_single_and_thirty_nine_characters_long() {
        for person in [
            jean_but(|person| person.given_name.clear()),
            jean_but(|person| person.given_name = "é".repeat(39)),
            jean_but(|person| person.nationality = "D".into()),
        ] {
            let payload = PersonPayload::new(person).unwrap();
            assert_eq!(PersonPayload::read(&payload.to_bytes()).unwrap(), payload);
        }
    }

    #[test]
    fn the_older_day_count_is_read() {
        let payload = PersonPayload::new(jean()).unwrap().to_bytes();
        let mut values = crate::payload::read_values(&payload).unwrap();
        values[2] = Value::Integer(29_228);
        let read = PersonPayload::read(&write_values(&values)).unwrap();
        assert_eq!(read.birth_date.to_string(), "1980-01-10");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(
            format!("{:?}", PersonPayload::new(jean()).unwrap()),
            "PersonPayload(Person(..))"
        );
    }

    prop_compose! {
        fn any_person()(
            given in "\\PC{0,39}", family in "[A-Za-zÀ-ÿ' -]{1,39}", year in 1900_u16..2026, month in 1_u8..=12,
            partial: bool, photo in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..1200)),
        ) -> Person {
            let birth_date = if partial { BirthDate::Year { year } } else { BirthDate::Month { year, month } };
            jean_but(|person| {
                person.given_name = given;
                person.family_name = family;
                person.birth_date = birth_date;
                person.photo = photo;
            })
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(person in any_person()) {
            let payload = PersonPayload::new(person).unwrap();
            prop_assert_eq!(PersonPayload::read(&payload.to_bytes()).unwrap(), payload);
        }

        #[test]
        fn reading_never_panics(bytes: Vec<u8>) {
            let _ = PersonPayload::read(&bytes);
        }
    }
}
