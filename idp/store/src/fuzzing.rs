//! One entry for each parser, for the fuzz targets: any octets in, never a panic, and what was accepted reads back the same.

use crate::audit::{canonical, parse_canonical};

/// Canonical audit records.
pub fn canonical_record(data: &[u8]) {
    if let Ok(record) = parse_canonical(data) {
        let again = canonical(&record).unwrap_or_default();
        assert_eq!(again, data, "an accepted record is in its canonical form");
    }
}
