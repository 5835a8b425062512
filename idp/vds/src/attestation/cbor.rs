//! The part of CBOR (RFC 8949) that an attestation object uses, read in place: maps, arrays, texts, byte strings, all of definite
//! length. Lengths are checked against what is left, so nothing is reserved on a stranger's word.

/// Maps and arrays may nest so deep.
const DEPTH_LIMIT: usize = 4;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    /// Keys are texts, each of which stands once.
    Map(Vec<(&'a str, Value<'a>)>),
}

impl<'a> Value<'a> {
    pub(super) const fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The member of a map.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        let found = members.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value)
    }
}

/// One value and nothing after it.
pub(super) fn read(bytes: &[u8]) -> Option<Value<'_>> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(DEPTH_LIMIT)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let &initial = self.take(1)?.first()?;
        let length = self.length(initial & 0x1F)?;
        match initial >> 5 {
            2 => self.take(length).map(Value::Bytes),
            3 => str::from_utf8(self.take(length)?).ok().map(Value::Text),
            4 => {
                let inner = depth.checked_sub(1)?;
                let items = (0..length).map(|_| self.value(inner));
                items.collect::<Option<_>>().map(Value::List)
            }
            5 => self.map(length, depth.checked_sub(1)?),
            _ => None,
        }
    }

    fn map(&mut self, length: usize, depth: usize) -> Option<Value<'a>> {
        let mut members: Vec<(&str, Value<'_>)> = Vec::new();
        for _ in 0..length {
            let Value::Text(key) = self.value(0)? else {
                return None;
            };
            if members.iter().any(|(known, _)| *known == key) {
                return None;
            }
            members.push((key, self.value(depth)?));
        }
        Some(Value::Map(members))
    }

    /// RFC 8949 section 3: in the initial byte, or in the 1, 2 or 4 after it; no object here is longer.
    fn length(&mut self, additional: u8) -> Option<usize> {
        let width = match additional {
            0..=23 => return Some(usize::from(additional)),
            24 => 1,
            25 => 2,
            26 => 4,
            _ => return None,
        };
        let bytes = self.take(width)?;
        Some(
            bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte)),
        )
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_each_kind_are_read() {
        let object = b"\xa2\x63fmt\x64abcd\x61x\x82\x58\x01\x07\xa0";
        let value = read(object).unwrap();
        assert_eq!(value.member("fmt"), Some(&Value::Text("abcd")));
        assert_eq!(
            value.member("x"),
            Some(&Value::List(vec![Value::Bytes(&[7]), Value::Map(Vec::new())]))
        );
        assert_eq!(value.member("y"), None);
        assert_eq!(read(b"\x5a\x00\x00\x00\x02ab"), Some(Value::Bytes(b"ab")));
    }

    #[test]
    fn what_no_object_has_is_refused() {
        for (bytes, why) in [
            (&b""[..], "nothing"),
            (b"\x41", "a byte too few"),
            (b"\x41aa", "a byte too many"),
            (b"\x5f\x41a\xff", "indefinite length"),
            (b"\x01", "a number"),
            (b"\xf6", "null"),
            (b"\xa2\x61a\x40\x61a\x40", "a key twice"),
            (b"\xa1\x41a\x40", "a key that is no text"),
            (b"\x61\xff", "not UTF-8"),
            (b"\x9a\xff\xff\xff\xff", "a length that is not there"),
            (
                b"\x5b\x00\x00\x00\x00\x00\x00\x00\x01a",
                "a length of eight bytes",
            ),
            (b"\x81\x81\x81\x81\x81\x80", "too deep"),
        ] {
            assert_eq!(read(bytes), None, "{why}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
