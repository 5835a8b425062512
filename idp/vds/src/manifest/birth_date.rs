//! Days in payloads: ISO text, the older day count, and birth dates of which a part is unknown.

use std::fmt;

use idp_types::CivilDate;
use time::Date;

use crate::payload::Value;

/// The Julian day number of 1900-01-01, from which the older form counts.
const DAY_ZERO: i32 = 2_415_021;

/// When a person was born, as far as the document says. Only a whole date yields an age claim (profile 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BirthDate {
    /// The day.
    Day(CivilDate),
    /// The day is unknown.
    Month {
        /// Gregorian year.
        year: u16,
        /// 1 to 12.
        month: u8,
    },
    /// Day and month are unknown.
    Year {
        /// Gregorian year.
        year: u16,
    },
}

impl BirthDate {
    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; an unknown part may also stand as `00` or `XX`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(day) = CivilDate::parse(text) {
            return Some(Self::Day(day));
        }
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4).filter(|year| *year > 0)?;
        let (month, day) = (parts.next(), parts.next());
        if parts.next().is_some() || !day.is_none_or(is_unknown) {
            return None;
        }
        match month {
            None => Some(Self::Year { year }),
            Some(month) if is_unknown(month) => Some(Self::Year { year }),
            Some(month) => {
                let month = u8::try_from(digits(month, 2)?).ok()?;
                (1..=12).contains(&month).then_some(Self::Month { year, month })
            }
        }
    }

    /// The day, when nothing of it is unknown.
    pub const fn complete(self) -> Option<CivilDate> {
        match self {
            Self::Day(day) => Some(day),
            Self::Month { .. } | Self::Year { .. } => None,
        }
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Year { year } => write!(f, "{year:04}"),
        }
    }
}

fn digits(text: &str, length: usize) -> Option<u16> {
    let only_digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok()).flatten()
}

fn is_unknown(part: &str) -> bool {
    matches!(part, "00" | "XX")
}

/// A day as ISO text, or as a day count where the manifest allows one.
pub(crate) fn civil_date(value: &Value<'_>, day_count: bool) -> Option<CivilDate> {
    match value {
        Value::Text(text) => CivilDate::parse(text),
        Value::Integer(days) if day_count => from_day_count(*days),
        _ => None,
    }
}

/// A birth date as ISO text, whole or partial, or as a day count where the manifest allows one.
pub(crate) fn birth_date(value: &Value<'_>, day_count: bool) -> Option<BirthDate> {
    match value {
        Value::Text(text) => BirthDate::parse(text),
        other => civil_date(other, day_count).map(BirthDate::Day),
    }
}

fn from_day_count(days: i128) -> Option<CivilDate> {
    let julian_day = i32::try_from(days).ok()?.checked_add(DAY_ZERO)?;
    let date = Date::from_julian_day(julian_day).ok()?;
    CivilDate::new(date.year(), u8::from(date.month()), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_day_count_is_a_day_of_1980() {
        let value = Value::Integer(0x722C);
        assert_eq!(civil_date(&value, true), CivilDate::new(1980, 1, 10));
        assert_eq!(civil_date(&value, false), None, "only where the manifest says so");
        assert_eq!(civil_date(&Value::Integer(0), true), CivilDate::new(1900, 1, 1));
        assert_eq!(civil_date(&Value::Integer(i128::MAX), true), None);
    }

    #[test]
    fn parts_of_a_birth_date_may_be_unknown() {
        for (text, canonical) in [
            ("1985-06-15", "1985-06-15"),
            ("1985-06", "1985-06"),
            ("1985-06-00", "1985-06"),
            ("1985-06-XX", "1985-06"),
            ("1985", "1985"),
            ("1985-00-00", "1985"),
            ("1985-XX-XX", "1985"),
        ] {
            let date = BirthDate::parse(text).unwrap();
            assert_eq!(date.to_string(), canonical);
            assert_eq!(date.complete().is_some(), canonical.len() == 10);
        }
    }

    #[test]
    fn other_texts_are_no_birth_date() {
        for text in [
            "",
            "85",
            "1985-13",
            "1985-02-30",
            "1985-00-15",
            "0000",
            "15/06/1985",
            "1985-06-15-01",
            "+985",
        ] {
            assert_eq!(BirthDate::parse(text), None, "{text}");
        }
    }
}
