//! Calendar days, and ages in completed years (profile 6).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Date, Month};

/// A day of the Gregorian calendar, ISO 8601 `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate {
    year: i32,
    month: u8,
    day: u8,
}

impl CivilDate {
    /// A day that exists, years 1 to 9999.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let month_name = Month::try_from(month).ok()?;
        Date::from_calendar_date(year, month_name, day).ok()?;
        (1..=9999).contains(&year).then_some(Self { year, month, day })
    }

    pub(crate) fn of(date: Date) -> Self {
        Self {
            year: date.year(),
            month: u8::from(date.month()),
            day: date.day(),
        }
    }

    /// Strictly `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i32>().ok())
                .flatten()
        };
        let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// The calendar year.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The first moment of the following day, in UTC: a seal that expires on a day is valid during it.
    pub fn end(self) -> crate::Timestamp {
        let month = Month::try_from(self.month).unwrap_or(Month::January);
        let days = Date::from_calendar_date(self.year, month, self.day).map_or(0, Date::to_julian_day);
        crate::Timestamp::from_unix_seconds((i64::from(days) + 1 - 2_440_588) * 86_400)
    }

    /// Completed years on `today`. Who was born on 29 February counts from 1 March in a common year.
    pub fn age_on(self, today: Self) -> Option<u16> {
        let had_birthday = (today.month, today.day) >= (self.month, self.day);
        let years = today.year - self.year - i32::from(!had_birthday);
        u16::try_from(years).ok()
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for CivilDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a date YYYY-MM-DD"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> CivilDate {
        CivilDate::parse(text).unwrap()
    }

    #[test]
    fn ages_are_completed_years() {
        let born = date("1985-06-15");
        assert_eq!(born.age_on(date("2003-06-14")), Some(17));
        assert_eq!(born.age_on(date("2003-06-15")), Some(18));
        assert_eq!(born.age_on(date("1980-01-01")), None);
    }

    #[test]
    fn leap_day_births_count_from_the_first_of_march() {
        let born = date("2008-02-29");
        assert_eq!(born.age_on(date("2026-02-28")), Some(17));
        assert_eq!(born.age_on(date("2026-03-01")), Some(18));
        assert_eq!(born.age_on(date("2028-02-29")), Some(20));
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in [
            "2025-02-29",
            "2025-13-01",
            "2025-1-01",
            "25-01-01",
            "0000-01-01",
            "2025-01-01x",
            "+025-01-01",
        ] {
            assert_eq!(CivilDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_ends_at_the_next_midnight() {
        assert_eq!(date("1970-01-01").end().unix_seconds(), 86_400);
        assert_eq!(date("2027-03-15").end().to_rfc3339(), "2027-03-16T00:00:00Z");
    }
}
