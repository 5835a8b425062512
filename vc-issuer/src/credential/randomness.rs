//! The randomness of one copy: one draw, and every salt from it.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 fresh random bits for one copy of one credential, from which all its salts come (HKDF-SHA256, RFC 5869). Two copies never
/// share them, and they are thrown away after issuance: nothing then links a copy to its siblings.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CopyRandomness([u8; 32]);

impl CopyRandomness {
    /// Takes over fresh random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// `N` bytes for the use named by `label`; other labels give unrelated bytes. `N` is at most 8160.
    pub fn bytes<const N: usize>(&self, label: &str) -> [u8; N] {
        let mut out = [0; N];
        let info = [b"idt-vc-copy-v1".as_slice(), label.as_bytes()];
        // Fails for more than 255 blocks alone.
        let _ = Hkdf::<Sha256>::new(None, &self.0).expand_multi_info(&info, &mut out);
        out
    }

    /// `jti` or `id` of the copy: `urn:uuid:` and a version 4 UUID (RFC 9562 section 5.4).
    pub fn identifier(&self) -> String {
        let mut bytes: [u8; 16] = self.bytes("identifier");
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = *version & 0x0f | 0x40;
        *variant = *variant & 0x3f | 0x80;
        let hex = idp_types::encoding::lowerhex(&bytes);
        let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
        format!(
            "urn:uuid:{}-{}-{}-{}-{}",
            part(0..8),
            part(8..12),
            part(12..16),
            part(16..20),
            part(20..32)
        )
    }
}

impl std::fmt::Debug for CopyRandomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopyRandomness(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_copies_do_not_share_bytes() {
        let (one, two) = (CopyRandomness::new([1; 32]), CopyRandomness::new([2; 32]));
        assert_ne!(one.bytes::<16>("a"), one.bytes::<16>("b"));
        assert_ne!(one.bytes::<16>("a"), two.bytes::<16>("a"));
        assert_eq!(one.bytes::<32>("a"), one.bytes::<32>("a"));
    }

    #[test]
    fn the_identifier_is_a_random_uuid() {
        let id = CopyRandomness::new([3; 32]).identifier();
        assert_eq!(id.len(), 9 + 36);
        assert_eq!(id.as_bytes()[9 + 14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[9 + 19]));
    }
}
