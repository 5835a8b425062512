//! The times of a credential: rounded to the hour, so that the copies of a batch and their owner cannot be told by them.

use idp_types::{CivilDate, Timestamp};

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Why no time remains for a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credential would be over before it begins")]
pub struct ValidityError;

/// The hour that a moment is in (OIDF linkability checks; RFC 9901 section 10.1).
pub const fn hour(moment: Timestamp) -> Timestamp {
    Timestamp::from_unix_seconds(moment.unix_seconds().div_euclid(HOUR) * HOUR)
}

/// From when until when a credential holds, in whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// From the hour of `now`, for `lifetime` seconds, and in no case beyond `limits`: the seal's end, the moment a predicate turns.
    ///
    /// # Errors
    /// [`ValidityError`] where a limit has passed.
    pub fn new(
        now: Timestamp,
        lifetime: i64,
        limits: impl IntoIterator<Item = Timestamp>,
    ) -> Result<Self, ValidityError> {
        let from = hour(now);
        let longest = hour(from.plus_seconds(lifetime));
        let until = limits.into_iter().map(hour).fold(longest, Ord::min);
        if until > now {
            Ok(Self { from, until })
        } else {
            Err(ValidityError)
        }
    }

    /// When it begins; also when it says that it was signed.
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// When it ends.
    pub const fn until(self) -> Timestamp {
        self.until
    }
}

/// The first moment, in UTC, at which somebody born on `birthdate` has completed `years`. Born on 29 February counts on 1 March in
/// a common year (profile 6).
pub(super) fn completes(birthdate: CivilDate, years: u16) -> Option<Timestamp> {
    let text = birthdate.to_string();
    let month_and_day = text.get(4..)?;
    let year = birthdate.year() + i32::from(years);
    let birthday = CivilDate::parse(&format!("{year:04}{month_and_day}"))
        .or_else(|| CivilDate::parse(&format!("{year:04}-03-01")))?;
    Some(birthday.end().minus_seconds(DAY))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn times_are_whole_hours_and_limits_hold() {
        let now = at("2026-01-15T10:42:07Z");
        let day = Validity::new(now, DAY, []).unwrap();
        assert_eq!(day.from(), at("2026-01-15T10:00:00Z"));
        assert_eq!(day.until(), at("2026-01-16T10:00:00Z"));
        let short = Validity::new(now, DAY, [at("2026-01-15T12:59:59Z")]).unwrap();
        assert_eq!(short.until(), at("2026-01-15T12:00:00Z"));
        assert_eq!(
            Validity::new(now, DAY, [at("2026-01-15T10:50:00Z")]),
            Err(ValidityError)
        );
        assert_eq!(Validity::new(now, 0, []), Err(ValidityError));
    }

    #[test]
    fn birthdays_begin_at_midnight_and_leap_days_count_in_march() {
        let born = |text| CivilDate::parse(text).unwrap();
        assert_eq!(
            completes(born("2008-06-15"), 18),
            Some(at("2026-06-15T00:00:00Z"))
        );
        assert_eq!(
            completes(born("2008-02-29"), 18),
            Some(at("2026-03-01T00:00:00Z"))
        );
        assert_eq!(
            completes(born("2008-02-29"), 20),
            Some(at("2028-02-29T00:00:00Z"))
        );
    }

    proptest! {
        #[test]
        fn the_moment_agrees_with_completed_years(year in 1900..2020, month in 1..13_u8, day in 1..29_u8, years in 1..60_u16) {
            let born = CivilDate::new(year, month, day).unwrap();
            let moment = completes(born, years).unwrap();
            prop_assert_eq!(born.age_on(moment.civil_date()), Some(years));
            prop_assert_eq!(born.age_on(moment.minus_seconds(1).civil_date()), Some(years - 1));
            prop_assert_eq!(hour(moment), moment);
        }
    }
}
