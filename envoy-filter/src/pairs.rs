//! Lists of headers as proxy-wasm 0.2.1 writes them: a count, the lengths of all names and values, then each with a zero byte after it;
//! numbers have 32 bits, little-endian.

/// More headers than any proxy lets pass.
const LIMIT: usize = 1024;

/// Reads a list. `None` when it is none.
pub fn read(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (count, rest) = number(bytes)?;
    if count > LIMIT {
        return None;
    }
    let (mut lengths, mut texts) = rest.split_at_checked(count.checked_mul(8)?)?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let (name_length, after) = number(lengths)?;
        let (value_length, after) = number(after)?;
        lengths = after;
        let (name, after) = text(texts, name_length)?;
        let (value, after) = text(after, value_length)?;
        texts = after;
        pairs.push((name, value));
    }
    Some(pairs)
}

/// Writes a list.
pub fn write(pairs: &[(&str, &str)]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = Vec::with_capacity(256);
    bytes.extend(number(pairs.len()));
    for (name, value) in pairs {
        bytes.extend(number(name.len()));
        bytes.extend(number(value.len()));
    }
    for (name, value) in pairs {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(0);
    }
    bytes
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

fn text(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    let (text, rest) = bytes.split_at_checked(length)?;
    Some((text, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let pairs = [(":path", "/"), ("empty", ""), ("a", "b")];
        let written = write(&pairs);
        let read = read(&written).unwrap();
        let expected: Vec<(&[u8], &[u8])> = pairs
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        assert_eq!(read, expected);
        assert_eq!(super::read(&write(&[])), Some(Vec::new()));
    }

    #[test]
    fn what_is_cut_off_is_no_list() {
        let written = write(&[("name", "value")]);
        for length in 0..written.len() {
            assert_eq!(read(&written[..length]), None, "{length}");
        }
        assert_eq!(read(&[0xff; 64]), None);
    }
}
