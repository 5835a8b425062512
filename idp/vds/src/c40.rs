//! The C40 text of a certificate reference: nine characters in six bytes (ISO/IEC 16022, the basic set alone).
//!
//! Three characters `a`, `b`, `c` make the big-endian number `1600a + 40b + c + 1`. Space is 3, digits are 4 to 13 and capital
//! letters 14 to 39; the values 0 to 2 shift to other sets, which no reference uses, so they are refused.

/// Six bytes of nine characters, or `None` when a character is outside the basic set.
pub(crate) fn encode(text: &[u8; 9]) -> Option<[u8; 6]> {
    let mut packed = [0; 6];
    for (triple, pair) in text.as_chunks::<3>().0.iter().zip(packed.as_chunks_mut::<2>().0) {
        let [first, second, third] = triple.map(value_of);
        *pair = (1600 * first? + 40 * second? + third? + 1).to_be_bytes();
    }
    Some(packed)
}

/// Nine characters of six bytes, or `None` when a pair is not three characters of the basic set.
pub(crate) fn decode(packed: [u8; 6]) -> Option<[u8; 9]> {
    let mut text = [0; 9];
    for (pair, triple) in packed.as_chunks::<2>().0.iter().zip(text.as_chunks_mut::<3>().0) {
        let number = u16::from_be_bytes(*pair).checked_sub(1)?;
        let values = [number / 1600, number / 40 % 40, number % 40];
        for (value, character) in values.into_iter().zip(triple) {
            *character = character_of(value)?;
        }
    }
    Some(text)
}

fn value_of(character: u8) -> Option<u16> {
    let value = match character {
        b' ' => 3,
        b'0'..=b'9' => character - b'0' + 4,
        b'A'..=b'Z' => character - b'A' + 14,
        _ => return None,
    };
    Some(u16::from(value))
}

fn character_of(value: u16) -> Option<u8> {
    match u8::try_from(value).ok()? {
        3 => Some(b' '),
        value @ 4..=13 => Some(value - 4 + b'0'),
        value @ 14..=39 => Some(value - 14 + b'A'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_published_references_read_and_write() {
        for (text, packed) in [
            (b"CA0100040", [0x66, 0x35, 0x1F, 0xE5, 0x1A, 0x45]),
            (b"FR05FIN10", [0x7B, 0x9D, 0x3B, 0x4F, 0xA9, 0x8D]),
        ] {
            assert_eq!(encode(text), Some(packed));
            assert_eq!(decode(packed), Some(*text));
        }
    }

    #[test]
    fn shifts_and_other_characters_are_refused() {
        assert_eq!(encode(b"ca0100040"), None);
        assert_eq!(encode(b"CA01<0040"), None);
        assert_eq!(decode([0; 6]), None, "there is no number below 1");
        assert_eq!(decode([0xFF; 6]), None, "64000 is the largest number");
        assert_eq!(decode([0, 1, 0, 1, 0, 1]), None, "three shifts");
    }

    proptest! {
        #[test]
        fn what_reads_writes_the_same(packed: [u8; 6]) {
            if let Some(text) = decode(packed) {
                prop_assert_eq!(encode(&text), Some(packed));
            }
        }
    }
}
