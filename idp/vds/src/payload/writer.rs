//! MessagePack values, written in their shortest form.

use zeroize::Zeroizing;

use super::Value;
use crate::seal::SEAL_LIMIT;

/// Writes values one after another, as the payload of a seal has them. The buffer starts at the largest size of a seal, so
/// that growing leaves no copy of personal data behind, and is wiped when dropped.
pub fn write_values(values: &[Value<'_>]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(SEAL_LIMIT));
    for value in values {
        write(&mut out, value);
    }
    out
}

fn write(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Nil => out.push(0xC0),
        Value::Boolean(false) => out.push(0xC2),
        Value::Boolean(true) => out.push(0xC3),
        Value::Integer(number) => write_integer(out, *number),
        Value::Text(text) => {
            write_length(out, text.len(), &TEXT);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Binary(bytes) => {
            write_length(out, bytes.len(), &BINARY);
            out.extend_from_slice(bytes);
        }
        Value::List(values) => {
            write_length(out, values.len(), &LIST);
            for value in values {
                write(out, value);
            }
        }
        Value::Map(entries) => {
            write_length(out, entries.len(), &MAP);
            for (key, value) in entries {
                write(out, &Value::Text(key));
                write(out, value);
            }
        }
    }
}

/// The type bytes of one family: the short form with its largest length, then one byte for each width of the length.
struct Family {
    short: Option<(u8, u8)>,
    byte: Option<u8>,
    two_bytes: u8,
    four_bytes: u8,
}

const TEXT: Family = Family {
    short: Some((0xA0, 31)),
    byte: Some(0xD9),
    two_bytes: 0xDA,
    four_bytes: 0xDB,
};
const BINARY: Family = Family {
    short: None,
    byte: Some(0xC4),
    two_bytes: 0xC5,
    four_bytes: 0xC6,
};
const LIST: Family = Family {
    short: Some((0x90, 15)),
    byte: None,
    two_bytes: 0xDC,
    four_bytes: 0xDD,
};
const MAP: Family = Family {
    short: Some((0x80, 15)),
    byte: None,
    two_bytes: 0xDE,
    four_bytes: 0xDF,
};

fn write_length(out: &mut Vec<u8>, length: usize, family: &Family) {
    let small = u8::try_from(length).ok();
    match (small, family.short, family.byte) {
        (Some(length), Some((marker, largest)), _) if length <= largest => out.push(marker | length),
        (Some(length), _, Some(marker)) => out.extend_from_slice(&[marker, length]),
        _ => write_long_length(out, length, family),
    }
}

fn write_long_length(out: &mut Vec<u8>, length: usize, family: &Family) {
    if let Ok(length) = u16::try_from(length) {
        out.push(family.two_bytes);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(family.four_bytes);
        // A seal is at most 8 KiB; what is longer is refused before it is signed.
        out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
}

fn write_integer(out: &mut Vec<u8>, number: i128) {
    if let Ok(number) = u64::try_from(number) {
        write_unsigned(out, number);
    } else {
        // Seals carry no number below i64::MIN, and the reader cannot produce one.
        write_negative(out, i64::try_from(number).unwrap_or(i64::MIN));
    }
}

fn write_unsigned(out: &mut Vec<u8>, number: u64) {
    if let Ok(number) = u8::try_from(number) {
        if number > 0x7F {
            out.push(0xCC);
        }
        out.push(number);
    } else if let Ok(number) = u16::try_from(number) {
        out.push(0xCD);
        out.extend_from_slice(&number.to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        out.push(0xCE);
        out.extend_from_slice(&number.to_be_bytes());
    } else {
        out.push(0xCF);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

fn write_negative(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = i8::try_from(number) {
        if number < -32 {
            out.push(0xD0);
        }
        out.push(number.cast_unsigned());
    } else if let Ok(number) = i16::try_from(number) {
        out.push(0xD1);
        out.extend_from_slice(&number.to_be_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        out.push(0xD2);
        out.extend_from_slice(&number.to_be_bytes());
    } else {
        out.push(0xD3);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::payload::read_values;

    /// An independent implementation of MessagePack writes the same bytes and reads them as the same value.
    fn peer(value: &Value<'_>) -> rmpv::Value {
        match value {
            Value::Nil => rmpv::Value::Nil,
            Value::Boolean(yes) => rmpv::Value::Boolean(*yes),
            Value::Integer(number) => u64::try_from(*number).map_or_else(
                |_| rmpv::Value::from(i64::try_from(*number).unwrap()),
                rmpv::Value::from,
            ),
            Value::Text(text) => rmpv::Value::from(*text),
            Value::Binary(bytes) => rmpv::Value::from(*bytes),
            Value::List(values) => rmpv::Value::Array(values.iter().map(peer).collect()),
            Value::Map(entries) => rmpv::Value::Map(
                entries
                    .iter()
                    .map(|(key, value)| (rmpv::Value::from(*key), peer(value)))
                    .collect(),
            ),
        }
    }

    fn agrees_with_peer(value: &Value<'_>) {
        let ours = write_values(std::slice::from_ref(value));
        let mut theirs = Vec::new();
        rmpv::encode::write_value(&mut theirs, &peer(value)).unwrap();
        assert_eq!(*ours, theirs);
        assert_eq!(
            rmpv::decode::read_value(&mut ours.as_slice()).unwrap(),
            peer(value)
        );
    }

    #[test]
    fn lengths_take_their_shortest_form() {
        let text = "x".repeat(300);
        for length in [0, 15, 16, 31, 32, 255, 256, 300] {
            agrees_with_peer(&Value::Text(&text[..length]));
            agrees_with_peer(&Value::Binary(&text.as_bytes()[..length]));
        }
        for length in [0, 15, 16, 64] {
            agrees_with_peer(&Value::List(vec![Value::Nil; length]));
            let keys: Vec<String> = (0..length).map(|number| number.to_string()).collect();
            agrees_with_peer(&Value::Map(
                keys.iter().map(|key| (key.as_str(), Value::Nil)).collect(),
            ));
        }
    }

    proptest! {
        #[test]
        fn integers_agree_with_an_independent_implementation(number in i64::MIN..=i64::MAX, shift in 0_u32..63) {
            agrees_with_peer(&Value::Integer(i128::from(number >> shift)));
        }

        #[test]
        fn large_integers_agree(number: u64) {
            agrees_with_peer(&Value::Integer(i128::from(number)));
        }

        #[test]
        fn what_is_written_reads_back(texts in proptest::collection::vec("\\PC{0,40}", 0..20), bytes: Vec<u8>) {
            let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
            values.push(Value::Binary(&bytes));
            values.push(Value::List(vec![Value::Integer(-70_000), Value::Boolean(true)]));
            let written = write_values(&values);
            prop_assert_eq!(read_values(&written).unwrap(), values);
        }

        #[test]
        fn reading_never_panics_and_never_accepts_what_a_peer_refuses(payload: Vec<u8>) {
            if let Ok(values) = read_values(&payload) {
                let mut rest = payload.as_slice();
                for value in &values {
                    prop_assert_eq!(&rmpv::decode::read_value(&mut rest).unwrap(), &peer(value));
                }
                prop_assert!(rest.is_empty());
            }
        }
    }
}
