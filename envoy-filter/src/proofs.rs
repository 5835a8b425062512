//! Proofs of possession are taken once by all workers together: what one saw, the others read in the shared data.

use crate::host::Host;

/// Seconds after which a proof is refused for its age, whoever sees it.
const LIFE: i64 = 75;
/// Proofs that one list remembers; there is a list for each first byte. A thousand proofs a second are 300 each.
const REMEMBERED: usize = 512;
/// How often it is tried again because another worker wrote in between.
const TRIES: usize = 64;
/// 16 bytes of a name, and the second until when it counts.
const ENTRY: usize = 24;
/// A version that no value ever has: whoever writes with it writes only where there is nothing.
const NOTHING: u32 = u32::MAX;

/// What became of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nobody had seen it.
    First,
    /// Somebody had.
    Again,
    /// Nobody can tell.
    Unknown,
}

/// Uses a proof by its name.
pub fn consume<H: Host>(host: &H, name: &[u8; 32], now: i64) -> Use {
    let [first, rest @ ..] = name;
    let Some(short) = rest.first_chunk::<16>() else {
        return Use::Unknown;
    };
    let list = format!("proofs {first:02x}");
    for _ in 0..TRIES {
        let (held, version) = host.shared(&list).unwrap_or((Vec::new(), NOTHING));
        let mut kept = Vec::with_capacity(held.len() + ENTRY);
        for entry in held.chunks_exact(ENTRY) {
            let Some((known, until)) = entry.split_first_chunk::<16>() else {
                continue;
            };
            let until = until.first_chunk().map_or(0, |until| i64::from_le_bytes(*until));
            if until >= now {
                if known == short {
                    return Use::Again;
                }
                kept.extend_from_slice(entry);
            }
        }
        if kept.len() >= REMEMBERED * ENTRY {
            return Use::Unknown;
        }
        kept.extend_from_slice(short);
        kept.extend_from_slice(&(now + LIFE).to_le_bytes());
        if host.share(&list, &kept, version) {
            return Use::First;
        }
    }
    Use::Unknown
}
