//! `xs:duration`, for `cacheDuration`.

/// Whole seconds of a duration; a year has 365 days and a month 30. Durations that go backwards are none.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let rest = text.trim().strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let days = sum(days, &[('Y', 31_536_000), ('M', 2_592_000), ('D', 86_400)])?;
    days.checked_add(sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?)
}

/// Numbers with their units, each unit once and in order. A fraction of a second is dropped.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    for (unit, length) in units {
        let Some((number, rest)) = text.split_once(*unit) else {
            continue;
        };
        let whole = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' && is_digits(fraction) => whole,
            Some(_) => return None,
            None => number,
        };
        if !is_digits(whole) {
            return None;
        }
        total = total.checked_add(whole.parse::<i64>().ok()?.checked_mul(*length)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
