//! How long to wait before the next try.

/// The first wait, in milliseconds.
const FIRST: u64 = 500;
/// The longest, in milliseconds: a session lives for a minute.
const LONGEST: u64 = 8_000;

/// Milliseconds until the next try: exponential, between half and the whole of its step so that many do not come back at once, and
/// never less than the provider asked for.
///
/// `tried` counts the tries so far, `dice` is any number, `asked` are seconds.
pub fn delay(tried: u32, dice: u64, asked: u32) -> u64 {
    let step = FIRST
        .saturating_mul(1_u64.checked_shl(tried.saturating_sub(1)).unwrap_or(u64::MAX))
        .min(LONGEST);
    let half = step / 2;
    let jittered = half.saturating_add(dice.checked_rem(half.saturating_add(1)).unwrap_or_default());
    jittered.max(u64::from(asked).saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn grows_within_its_bounds(tried in 1_u32..200, dice: u64) {
            let waited = delay(tried, dice, 0);
            prop_assert!((FIRST / 2..=LONGEST).contains(&waited));
            prop_assert!(delay(tried, 0, 0) <= delay(tried + 1, 0, 0));
        }

        #[test]
        fn the_provider_is_never_asked_too_early(tried: u32, dice: u64, asked in 0_u32..3600) {
            prop_assert!(delay(tried, dice, asked) >= u64::from(asked) * 1000);
        }
    }
}
