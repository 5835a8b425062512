//! What to show for what is granted: as little as suffices (profile 1.2, 1.3).

use std::collections::BTreeSet;

use idp_types::{AtomicScope, ScopeSet, SourceClaim};

/// A granted scope needs claims that the credential does not hold, for example a portrait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credential holds nothing that answers {0}")]
pub struct NotHeld(pub AtomicScope);

/// The first combination of claims that answers `scope` and is held. The catalogue lists the one that discloses least first: the
/// predicate, and the attribute it derives from only where the predicate is not held.
pub fn first_held(scope: AtomicScope, held: &BTreeSet<SourceClaim>) -> Option<&'static [SourceClaim]> {
    SourceClaim::sufficient_for(scope)
        .iter()
        .copied()
        .find(|needs| needs.iter().all(|claim| held.contains(claim)))
}

/// The claims to disclose so that every granted scope is answered.
///
/// # Errors
/// [`NotHeld`] names the first scope that cannot be.
pub fn minimal(granted: ScopeSet, held: &BTreeSet<SourceClaim>) -> Result<BTreeSet<SourceClaim>, NotHeld> {
    let mut shown = BTreeSet::new();
    for scope in granted.iter() {
        shown.extend(first_held(scope, held).ok_or(NotHeld(scope))?);
    }
    Ok(shown)
}

/// The scopes that cannot be answered with what is held: they can only be denied.
pub fn unanswerable(requested: ScopeSet, held: &BTreeSet<SourceClaim>) -> ScopeSet {
    requested
        .iter()
        .filter(|scope| first_held(*scope, held).is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scopes() -> impl Strategy<Value = ScopeSet> {
        prop::collection::vec(prop::sample::select(AtomicScope::ALL), 0..15)
            .prop_map(|scopes| scopes.into_iter().collect())
    }

    fn claims() -> impl Strategy<Value = BTreeSet<SourceClaim>> {
        prop::collection::btree_set(prop::sample::select(&SourceClaim::ALL[..]), 0..10)
    }

    #[test]
    fn a_predicate_is_preferred_to_its_source() {
        let over_18 = ScopeSet::from_iter([AtomicScope::AgeOver18]);
        let adult = BTreeSet::from([SourceClaim::Birthdate, SourceClaim::AgeOver18]);
        assert_eq!(minimal(over_18, &adult), Ok([SourceClaim::AgeOver18].into()));
        let minor = BTreeSet::from([SourceClaim::Birthdate]);
        assert_eq!(
            minimal(over_18, &minor),
            Ok([SourceClaim::Birthdate].into()),
            "the server derives `false`"
        );
        assert_eq!(
            minimal(over_18, &BTreeSet::new()),
            Err(NotHeld(AtomicScope::AgeOver18))
        );
        assert_eq!(unanswerable(over_18, &BTreeSet::new()), over_18);
    }

    #[test]
    fn nothing_granted_or_needed_discloses_nothing() {
        let all = SourceClaim::ALL.into();
        let trust_level = ScopeSet::from_iter([AtomicScope::TrustLevel]);
        assert_eq!(minimal(ScopeSet::EMPTY, &all), Ok(BTreeSet::new()));
        assert_eq!(minimal(trust_level, &all), Ok(BTreeSet::new()));
    }

    proptest! {
        /// Held, asked for by a granted scope, and never the source of a predicate that is held for any other reason than a scope
        /// of its own.
        #[test]
        fn every_shown_claim_is_needed_by_a_granted_scope(granted in scopes(), held in claims()) {
            let Ok(shown) = minimal(granted, &held) else { return Ok(()) };
            for claim in &shown {
                let needed = granted.iter().any(|scope| SourceClaim::sufficient_for(scope).iter().any(|needs| needs.contains(claim)));
                prop_assert!(held.contains(claim) && needed, "{:?} was shown for {:?}", claim, granted);
            }
            if shown.contains(&SourceClaim::Birthdate) {
                let itself = granted.contains(AtomicScope::DateOfBirth) || granted.contains(AtomicScope::AgeRange);
                let underived = [
                    (AtomicScope::AgeOver18, SourceClaim::AgeOver18),
                    (AtomicScope::AgeOver21, SourceClaim::AgeOver21),
                    (AtomicScope::AgeOver25, SourceClaim::AgeOver25),
                ]
                .iter()
                .any(|(scope, claim)| granted.contains(*scope) && !held.contains(claim));
                prop_assert!(itself || underived);
            }
        }

        /// What is left after denying what cannot be answered can be.
        #[test]
        fn the_rest_is_always_answerable(granted in scopes(), held in claims()) {
            let rest = granted.without(unanswerable(granted, &held));
            let shown = minimal(rest, &held).unwrap();
            for scope in rest.iter() {
                prop_assert!(SourceClaim::sufficient_for(scope).iter().any(|needs| needs.iter().all(|claim| shown.contains(claim))));
            }
        }

        /// A smaller grant never shows more.
        #[test]
        fn denying_never_shows_more(granted in scopes(), denied in scopes(), held in claims()) {
            let (Ok(all), Ok(fewer)) = (minimal(granted, &held), minimal(granted.without(denied), &held)) else { return Ok(()) };
            prop_assert!(fewer.is_subset(&all));
        }
    }
}
