//! JSON that can be read in one way only.
//!
//! Two readers that resolve a repeated member differently can be made to disagree about what was signed, so a repeated
//! name is refused at any depth (RFC 7515 section 4, RFC 7519 section 4, RFC 8259 section 4). Depth is bounded by the
//! reader itself (128), size by the caller.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// The members of a JSON object.
pub type Map = serde_json::Map<String, Value>;

/// Why a JSON text was refused. Never holds any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Longer than the caller allows.
    #[error("longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not JSON, or nested too deeply.
    #[error("not JSON at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 where unknown.
        column: usize,
    },
    /// One object names a member twice.
    #[error("an object names a member twice")]
    DuplicateMember,
    /// JSON, but not an object.
    #[error("not an object")]
    NotAnObject,
}

/// Reads one JSON value of at most `limit` bytes.
///
/// # Errors
/// [`JsonError`] when the text is too long, not JSON, or repeats a member.
pub fn parse(bytes: &[u8], limit: usize) -> Result<Value, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLarge { limit });
    }
    let repeated = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { repeated: &repeated }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        if repeated.get() {
            JsonError::DuplicateMember
        } else {
            JsonError::Malformed {
                line: error.line(),
                column: error.column(),
            }
        }
    })
}

/// Reads one JSON object of at most `limit` bytes.
///
/// # Errors
/// [`JsonError`] as [`parse`], or [`JsonError::NotAnObject`].
pub fn parse_object(bytes: &[u8], limit: usize) -> Result<Map, JsonError> {
    match parse(bytes, limit)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Builds a value and notices a repeated member at any depth.
#[derive(Clone, Copy)]
struct Strict<'a> {
    repeated: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(self)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            if members.insert(name, value).is_some() {
                self.repeated.set(true);
                return Err(A::Error::custom("repeated member"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_member_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#] {
            assert_eq!(
                parse(text.as_bytes(), 100),
                Err(JsonError::DuplicateMember),
                "{text}"
            );
        }
    }

    #[test]
    fn size_depth_and_trailing_text_are_bounded() {
        assert_eq!(parse(b"[1]", 2), Err(JsonError::TooLarge { limit: 2 }));
        assert!(matches!(parse(b"{} {}", 10), Err(JsonError::Malformed { .. })));
        assert!(matches!(
            parse("[".repeat(5000).as_bytes(), 9000),
            Err(JsonError::Malformed { .. })
        ));
        assert_eq!(parse_object(b"[]", 10), Err(JsonError::NotAnObject));
    }

    #[test]
    fn values_are_those_of_the_ordinary_reader() {
        let text = r#"{"n":null,"t":true,"i":-5,"u":18446744073709551615,"f":1.5,"s":"\u00e9","a":[{},[]]}"#;
        let ordinary: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes(), 1000), Ok(ordinary));
    }
}
