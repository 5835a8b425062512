//! The table: a bit for each entry, random places, never one twice.

use idp_jose::status_list::{StatusList, StatusListError};

/// Entries of a list: a million, far above the 131,072 that Bitstring Status List section 2.3 wants for the privacy of the crowd.
pub const ENTRIES: u64 = 1 << 20;

/// When so many entries of a list are given out the next list begins: a random place is then free at least every second time.
pub const FULL_AT: u64 = ENTRIES / 2;

/// A place to try, from 64 random bits; every place is equally likely. Where it is taken, or ever was, draw again: an index is never
/// given twice, and nobody learns from one when it was given (High Assurance Interoperability Profile section 6.1).
pub const fn candidate(random: u64) -> u64 {
    random % ENTRIES
}

/// The list to take places from, when `given` are gone from list `current`.
pub const fn list_for(current: u32, given: u64) -> u32 {
    if given < FULL_AT {
        current
    } else {
        current.saturating_add(1)
    }
}

/// The state of one list: a set bit is a revoked credential. 128 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTable(StatusList);

impl Default for StatusTable {
    fn default() -> Self {
        Self::new()
    }
}

impl StatusTable {
    /// A list in which nothing is revoked.
    pub fn new() -> Self {
        Self(StatusList::new(usize::try_from(ENTRIES).unwrap_or_default()))
    }

    /// The list with these entries revoked.
    ///
    /// # Errors
    /// [`StatusListError::OutOfRange`].
    pub fn with_revoked(revoked: impl IntoIterator<Item = u64>) -> Result<Self, StatusListError> {
        let mut table = Self::new();
        for index in revoked {
            table.revoke(index)?;
        }
        Ok(table)
    }

    /// Revokes an entry. Nothing takes this back.
    ///
    /// # Errors
    /// [`StatusListError::OutOfRange`].
    pub fn revoke(&mut self, index: u64) -> Result<(), StatusListError> {
        let index = usize::try_from(index).map_err(|_| StatusListError::OutOfRange)?;
        self.0.set(index, true)
    }

    /// Whether an entry is revoked.
    ///
    /// # Errors
    /// [`StatusListError::OutOfRange`].
    pub fn is_revoked(&self, index: u64) -> Result<bool, StatusListError> {
        let index = usize::try_from(index).map_err(|_| StatusListError::OutOfRange)?;
        self.0.is_invalid(index)
    }

    /// The bits as a Token Status List has them.
    pub const fn token_list(&self) -> &StatusList {
        &self.0
    }

    /// The octets as a Bitstring Status List has them: the first entry is the most significant bit.
    pub fn bitstring(&self) -> Vec<u8> {
        self.0.as_bytes().iter().map(|byte| byte.reverse_bits()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_revoked_for_good_and_only_in_range() {
        let table = StatusTable::with_revoked([0, 9, ENTRIES - 1]).unwrap();
        assert_eq!(table.is_revoked(9), Ok(true));
        assert_eq!(table.is_revoked(8), Ok(false));
        assert_eq!(table.is_revoked(ENTRIES), Err(StatusListError::OutOfRange));
        let bits = table.bitstring();
        assert_eq!((bits[0], bits[1]), (0b1000_0000, 0b0100_0000));
        assert_eq!(bits.last(), Some(&1));
    }

    #[test]
    fn every_place_can_be_drawn_and_full_lists_are_left() {
        assert_eq!(candidate(0), 0);
        assert_eq!(candidate(u64::MAX), ENTRIES - 1);
        assert_eq!(list_for(3, FULL_AT - 1), 3);
        assert_eq!(list_for(3, FULL_AT), 4);
    }
}
