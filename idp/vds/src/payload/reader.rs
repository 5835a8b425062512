//! MessagePack values, read in place.

use super::{DEPTH_LIMIT, ELEMENT_LIMIT, PayloadError, Value};
use crate::seal::SEAL_LIMIT;

/// Reads the values of a payload whatever its manifest, in the order in which they stand.
///
/// # Errors
/// [`PayloadError`] when the bytes are not a whole number of values inside the limits.
pub fn read_values(payload: &[u8]) -> Result<Vec<Value<'_>>, PayloadError> {
    if payload.len() > SEAL_LIMIT {
        return Err(PayloadError::TooLong { limit: SEAL_LIMIT });
    }
    let mut reader = Reader { rest: payload };
    let mut values = Vec::new();
    while !reader.rest.is_empty() {
        if values.len() == ELEMENT_LIMIT {
            return Err(PayloadError::Elements);
        }
        values.push(reader.value(DEPTH_LIMIT)?);
    }
    Ok(values)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// One value in which lists and maps may nest `depth` deep.
    fn value(&mut self, depth: usize) -> Result<Value<'a>, PayloadError> {
        let [marker] = self.array()?;
        Ok(match marker {
            0x00..=0x7F => Value::Integer(i128::from(marker)),
            0x80..=0x8F => self.map(usize::from(marker & 0x0F), depth)?,
            0x90..=0x9F => self.list(usize::from(marker & 0x0F), depth)?,
            0xA0..=0xBF => self.text(usize::from(marker & 0x1F))?,
            0xC0 => Value::Nil,
            0xC2 => Value::Boolean(false),
            0xC3 => Value::Boolean(true),
            0xC4 => self.length8().and_then(|length| self.binary(length))?,
            0xC5 => self.length16().and_then(|length| self.binary(length))?,
            0xC6 => self.length32().and_then(|length| self.binary(length))?,
            0xCC..=0xD3 => Value::Integer(self.integer(marker)?),
            0xD9 => self.length8().and_then(|length| self.text(length))?,
            0xDA => self.length16().and_then(|length| self.text(length))?,
            0xDB => self.length32().and_then(|length| self.text(length))?,
            0xDC => self.length16().and_then(|length| self.list(length, depth))?,
            0xDD => self.length32().and_then(|length| self.list(length, depth))?,
            0xDE => self.length16().and_then(|length| self.map(length, depth))?,
            0xDF => self.length32().and_then(|length| self.map(length, depth))?,
            0xE0..=0xFF => Value::Integer(i128::from(marker.cast_signed())),
            0xC1 | 0xC7..=0xCB | 0xD4..=0xD8 => return Err(PayloadError::Type(marker)),
        })
    }

    fn integer(&mut self, marker: u8) -> Result<i128, PayloadError> {
        Ok(match marker {
            0xCC => i128::from(u8::from_be_bytes(self.array()?)),
            0xCD => i128::from(u16::from_be_bytes(self.array()?)),
            0xCE => i128::from(u32::from_be_bytes(self.array()?)),
            0xCF => i128::from(u64::from_be_bytes(self.array()?)),
            0xD0 => i128::from(i8::from_be_bytes(self.array()?)),
            0xD1 => i128::from(i16::from_be_bytes(self.array()?)),
            0xD2 => i128::from(i32::from_be_bytes(self.array()?)),
            0xD3 => i128::from(i64::from_be_bytes(self.array()?)),
            other => return Err(PayloadError::Type(other)),
        })
    }

    fn list(&mut self, length: usize, depth: usize) -> Result<Value<'a>, PayloadError> {
        let inner = inside(length, depth)?;
        (0..length)
            .map(|_| self.value(inner))
            .collect::<Result<_, _>>()
            .map(Value::List)
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Value<'a>, PayloadError> {
        let inner = inside(length, depth)?;
        let mut entries: Vec<(&str, Value<'_>)> = Vec::new();
        for _ in 0..length {
            let key = self.value(0)?.as_text().ok_or(PayloadError::Key)?;
            if entries.iter().any(|(earlier, _)| *earlier == key) {
                return Err(PayloadError::DuplicateKey);
            }
            entries.push((key, self.value(inner)?));
        }
        Ok(Value::Map(entries))
    }

    fn text(&mut self, length: usize) -> Result<Value<'a>, PayloadError> {
        str::from_utf8(self.take(length)?)
            .map(Value::Text)
            .map_err(|_| PayloadError::Utf8)
    }

    fn binary(&mut self, length: usize) -> Result<Value<'a>, PayloadError> {
        self.take(length).map(Value::Binary)
    }

    fn length8(&mut self) -> Result<usize, PayloadError> {
        self.array().map(|bytes| usize::from(u8::from_be_bytes(bytes)))
    }

    fn length16(&mut self) -> Result<usize, PayloadError> {
        self.array().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn length32(&mut self) -> Result<usize, PayloadError> {
        let length = u32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| PayloadError::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], PayloadError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(PayloadError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PayloadError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(PayloadError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }
}

/// The depth that is left inside a list or map of `length` entries.
fn inside(length: usize, depth: usize) -> Result<usize, PayloadError> {
    if length > ELEMENT_LIMIT {
        return Err(PayloadError::Elements);
    }
    depth.checked_sub(1).ok_or(PayloadError::Depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_real_seals_read_by_position() {
        let payload = [
            b"\xA3Fin".as_slice(),
            &[0x92, 30, 0xA1, b'j'],
            b"\xA0",
            b"\xC0",
            b"\xCD\x72\x2C",
            b"\xC4\x02\x00\x3F",
        ]
        .concat();
        assert_eq!(
            read_values(&payload).unwrap(),
            [
                Value::Text("Fin"),
                Value::List(vec![Value::Integer(30), Value::Text("j")]),
                Value::Text(""),
                Value::Nil,
                Value::Integer(29_228),
                Value::Binary(&[0x00, 0x3F]),
            ]
        );
    }

    #[test]
    fn nesting_ends_at_four() {
        assert!(read_values(&[0x91, 0x91, 0x91, 0x91, 0xC0]).is_ok());
        assert_eq!(
            read_values(&[0x91, 0x91, 0x91, 0x91, 0x90]),
            Err(PayloadError::Depth)
        );
    }

    #[test]
    fn maps_have_text_keys_once() {
        assert_eq!(
            read_values(b"\x82\xA1a\x01\xA1a\x02"),
            Err(PayloadError::DuplicateKey)
        );
        assert_eq!(read_values(b"\x81\x01\x02"), Err(PayloadError::Key));
        assert_eq!(
            read_values(b"\x81\x90\x02"),
            Err(PayloadError::Depth),
            "a key never nests"
        );
    }

    #[test]
    fn what_no_seal_uses_is_refused() {
        for marker in (0xC7..=0xCB).chain(0xD4..=0xD8).chain([0xC1]) {
            let payload = [&[marker][..], &[0; 32]].concat();
            assert_eq!(read_values(&payload), Err(PayloadError::Type(marker)));
        }
    }

    #[test]
    fn lengths_are_believed_only_as_far_as_bytes_reach() {
        assert_eq!(read_values(b"\xA3Fi"), Err(PayloadError::Truncated));
        assert_eq!(read_values(b"\xC6\xFF\xFF\xFF\xFF"), Err(PayloadError::Truncated));
        assert_eq!(read_values(b"\xDD\xFF\xFF\xFF\xFF"), Err(PayloadError::Elements));
        assert_eq!(read_values(b"\xA1\xFF"), Err(PayloadError::Utf8));
        assert_eq!(read_values(&[0xC0; 65]), Err(PayloadError::Elements));
        assert_eq!(
            read_values(&vec![0xC0; SEAL_LIMIT + 1]),
            Err(PayloadError::TooLong { limit: SEAL_LIMIT })
        );
    }
}
