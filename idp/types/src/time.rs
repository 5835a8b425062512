//! Points in time. The crate never reads a clock: whoever needs `now` is given it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::date::CivilDate;

/// Milliseconds since the Unix epoch, UTC. RFC 3339 in JSON bodies, whole seconds in tokens and signed strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the Unix epoch; saturates.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Later by `seconds`; saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Earlier by `seconds`; saturates.
    #[must_use]
    pub const fn minus_seconds(self, seconds: i64) -> Self {
        self.plus_seconds(seconds.saturating_neg())
    }

    /// Milliseconds from `earlier` to this; negative when this is the earlier one.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar day in UTC.
    pub fn civil_date(self) -> CivilDate {
        let date = self.offset().date();
        CivilDate::of(date)
    }

    fn offset(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC with whole seconds, `2026-01-15T00:00:00Z`.
    pub fn to_rfc3339(self) -> String {
        let whole = Self::from_unix_seconds(self.unix_seconds());
        whole.offset().format(&Rfc3339).unwrap_or_default()
    }

    /// Reads RFC 3339; any offset, fractions to the millisecond.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        // RFC 3339 has four digits for the year, in UTC as well: what could not be written again is not read.
        let utc = moment.checked_to_offset(UtcOffset::UTC)?;
        if !(0..=9999).contains(&utc.year()) {
            return None;
        }
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .ok()
            .map(Self)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_has_whole_seconds_and_z() {
        assert_eq!(
            Timestamp::from_unix_millis(1_768_435_200_999).to_rfc3339(),
            "2026-01-15T00:00:00Z"
        );
        assert_eq!(
            Timestamp::parse_rfc3339("2026-01-15T01:00:00+01:00"),
            Some(Timestamp::from_unix_seconds(1_768_435_200))
        );
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
        assert_eq!(Timestamp::parse_rfc3339("9999-12-31T23:59:59-01:00"), None);
    }

    #[test]
    fn arithmetic_saturates() {
        let latest = Timestamp::from_unix_millis(i64::MAX);
        assert_eq!(latest.plus_seconds(1), latest);
        assert_eq!(Timestamp::from_unix_millis(-1).unix_seconds(), -1);
        assert!(!latest.to_rfc3339().is_empty());
    }
}
