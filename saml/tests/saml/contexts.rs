//! The four comparisons of authentication contexts.

use idp_types::assurance::{Aal, TrustLevel};
use saml::Detail;
use saml::provider::{ContextRule, ServiceProvider, Strength};
use saml::request::{Comparison, RequestedContext, satisfy};

use crate::fixture::provider;

const LOW: &str = "urn:idtokenseal:acr:oob-low";
const SUBSTANTIAL: &str = "urn:idtokenseal:acr:oob-substantial";
const HIGH: &str = "urn:idtokenseal:acr:oob-high";
const FACE_LOW: &str = "urn:idtokenseal:acr:face-oob-low";
const FACE_SUBSTANTIAL: &str = "urn:idtokenseal:acr:face-oob-substantial";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
const MFA: &str = "https://refeds.org/profile/mfa";

fn strength(level: TrustLevel, face: bool, aal: Aal) -> Strength {
    Strength { level, face, aal }
}

/// A provider for which REFEDS MFA takes the second assurance level.
fn mapped() -> ServiceProvider {
    let mut provider = provider();
    provider.policy.contexts = vec![ContextRule {
        class: MFA.to_owned(),
        requires: strength(TrustLevel::Low, false, Aal::Two),
    }];
    provider
}

fn answer(comparison: Comparison, classes: &[&str], reached: Strength) -> Option<String> {
    let requested = RequestedContext {
        comparison,
        classes: classes.iter().map(|class| (*class).to_owned()).collect(),
    };
    match satisfy(Some(&requested), reached, &mapped()) {
        Ok(class) => Some(class),
        Err(status) => {
            assert_eq!(status.detail, Some(Detail::NoAuthnContext));
            None
        }
    }
}

fn plain() -> Strength {
    strength(TrustLevel::Substantial, false, Aal::One)
}

#[test]
fn without_a_request_the_login_is_stated_as_it_was() {
    assert_eq!(satisfy(None, plain(), &mapped()).as_deref(), Ok(SUBSTANTIAL));
    let mut provider = mapped();
    provider.policy.default_context = Some(PASSWORD.to_owned());
    assert_eq!(satisfy(None, plain(), &provider).as_deref(), Ok(PASSWORD));
    provider.policy.default_context = Some(MFA.to_owned());
    assert_eq!(
        satisfy(None, plain(), &provider).as_deref(),
        Ok(SUBSTANTIAL),
        "no class is stated that was not reached"
    );
    let second = strength(TrustLevel::Low, false, Aal::Two);
    assert_eq!(satisfy(None, second, &provider).as_deref(), Ok(MFA));
}

#[test]
fn every_comparison_against_every_rank() {
    use Comparison::{Better, Exact, Maximum, Minimum};
    let cases: &[(Comparison, &[&str], Option<&str>)] = &[
        (Exact, &[SUBSTANTIAL], Some(SUBSTANTIAL)),
        (Exact, &[LOW], Some(LOW)),
        (Exact, &[HIGH], None),
        (Exact, &[HIGH, LOW], Some(LOW)),
        (Exact, &[FACE_SUBSTANTIAL], None),
        (Exact, &[PASSWORD], None),
        (Exact, &[PASSWORD, UNSPECIFIED], Some(UNSPECIFIED)),
        (Exact, &["urn:unknown"], None),
        (Exact, &[MFA], None),
        (Minimum, &[LOW], Some(LOW)),
        (Minimum, &[PASSWORD], Some(SUBSTANTIAL)),
        (Minimum, &[HIGH], None),
        (Minimum, &[HIGH, SUBSTANTIAL], Some(SUBSTANTIAL)),
        (Maximum, &[HIGH], Some(SUBSTANTIAL)),
        (Maximum, &[LOW], Some(LOW)),
        (Maximum, &[FACE_LOW], Some(LOW)),
        (Maximum, &[PASSWORD], None),
        (Better, &[LOW], Some(SUBSTANTIAL)),
        (Better, &[SUBSTANTIAL], None),
        (Better, &[PASSWORD], Some(SUBSTANTIAL)),
        (Better, &[LOW, HIGH], None),
        (Better, &[LOW, "urn:unknown"], None),
        (Better, &[FACE_LOW], None),
    ];
    for (comparison, classes, wanted) in cases {
        let found = answer(*comparison, classes, plain());
        assert_eq!(found.as_deref(), *wanted, "{comparison} {classes:?}");
    }
}

#[test]
fn a_mapped_class_is_what_the_operator_says() {
    let second = strength(TrustLevel::Low, false, Aal::Two);
    assert_eq!(answer(Comparison::Exact, &[MFA], second).as_deref(), Some(MFA));
    assert_eq!(
        answer(Comparison::Exact, &[HIGH, MFA], second).as_deref(),
        Some(MFA)
    );
    assert_eq!(answer(Comparison::Better, &[MFA], second), None);
}

#[test]
fn a_face_makes_a_login_stronger_but_not_higher() {
    let face = strength(TrustLevel::Low, true, Aal::One);
    assert_eq!(
        answer(Comparison::Exact, &[SUBSTANTIAL, FACE_LOW], face).as_deref(),
        Some(FACE_LOW)
    );
    assert_eq!(
        answer(Comparison::Maximum, &[FACE_SUBSTANTIAL], face).as_deref(),
        Some(FACE_LOW)
    );
}
