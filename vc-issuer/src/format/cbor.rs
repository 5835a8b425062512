//! CBOR as we write it: definite lengths, shortest heads, members in the order given (RFC 8949 section 4.2.1 but for the order).

/// Growing octets.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        let bytes = argument.to_be_bytes();
        let (marker, width) = match argument {
            0..=23 => (u8::try_from(argument).unwrap_or_default(), 0),
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        self.0.push(major | marker);
        self.0.extend(bytes.iter().skip(8 - width));
        self
    }

    fn counted(&mut self, major: u8, count: usize) -> &mut Self {
        self.head(major, u64::try_from(count).unwrap_or(u64::MAX))
    }

    pub(super) fn unsigned(&mut self, number: u64) -> &mut Self {
        self.head(0, number)
    }

    /// `-1 - number`.
    pub(super) fn negative(&mut self, number: u64) -> &mut Self {
        self.head(1, number)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.counted(2, bytes.len());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.counted(3, text.len());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn array(&mut self, count: usize) -> &mut Self {
        self.counted(4, count)
    }

    pub(super) fn map(&mut self, count: usize) -> &mut Self {
        self.counted(5, count)
    }

    pub(super) fn tag(&mut self, tag: u64) -> &mut Self {
        self.head(6, tag)
    }

    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.0.push(if value { 0xf5 } else { 0xf4 });
        self
    }

    /// What was written elsewhere.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_the_shortest_ones() {
        for (number, expected) in [
            (0_u64, vec![0]),
            (23, vec![23]),
            (24, vec![24, 24]),
            (256, vec![25, 1, 0]),
            (65_536, vec![26, 0, 1, 0, 0]),
            (1 << 32, vec![27, 0, 0, 0, 1, 0, 0, 0, 0]),
        ] {
            let mut writer = Writer::default();
            writer.unsigned(number);
            assert_eq!(writer.into_bytes(), expected);
        }
    }
}
