//! From a request to a signed answer, checked as the server checks it.

use std::collections::BTreeSet;

use idp_authenticator::approval::Code;
use idp_authenticator::disclosure::NotHeld;
use idp_authenticator::message::{self, ApprovalFields, SignedMessage};
use idp_authenticator::{
    ApprovalError, Approver, CodeAnswer, Decision, DecisionError, DeclineReason, DeviceSigner as _, approve,
    decline,
};
use idp_types::{AtomicScope, ScopeSet, SourceClaim, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{
    DEVICE, TOKEN_ID, credential, identity, is_signed, json_of, key, now, request, verify_presentation,
};

/// Approves `scopes` minus `denied` with a credential that holds `held`.
fn approved(
    form: SignedMessage,
    held: &[SourceClaim],
    scopes: &[&str],
    denied: ScopeSet,
) -> Result<Value, ApprovalError> {
    let (identity, credential, signer) = (identity(), credential(held), key(DEVICE));
    let approver = Approver {
        identity: &identity,
        credential: &credential,
        signer: &signer,
        form,
    };
    let request = request(scopes, "compare");
    let decision = Decision::new(&request, CodeAnswer::Compared, denied, now()).unwrap();
    approve(&approver, &decision, now()).map(|body| json_of(&body))
}

fn shown(body: &Value) -> BTreeSet<String> {
    let verified = verify_presentation(body["presentation"].as_str().unwrap(), "sess_abc123");
    assert_eq!(
        (&verified.cnf, &verified.claims["token_id"]),
        (&key(DEVICE).public_key(), &json!(TOKEN_ID))
    );
    verified.disclosed.keys().cloned().collect()
}

fn names(claims: &[SourceClaim]) -> BTreeSet<String> {
    claims.iter().map(|claim| claim.as_str().to_owned()).collect()
}

#[test]
fn both_forms_sign_what_is_sent() {
    for form in [SignedMessage::First, SignedMessage::Second] {
        let denied = ScopeSet::from_iter([AtomicScope::TrustLevel]);
        let body = approved(
            form,
            &SourceClaim::ALL,
            &["identity:basic", "identity:age_over_18"],
            denied,
        )
        .unwrap();
        assert_eq!(
            body["grantedScopes"],
            json!(["identity:name", "identity:age_over_18"])
        );
        assert_eq!(
            (
                &body["sessionId"],
                &body["tokenId"],
                &body["deviceId"],
                &body["otp"]
            ),
            (
                &json!("sess_abc123"),
                &json!(TOKEN_ID),
                &json!("phone-1"),
                &json!("590012")
            )
        );
        let message = message::approval(
            form,
            &identity(),
            &ApprovalFields {
                session_id: "sess_abc123",
                service_id: "bar-le-central",
                otp: "590012",
                timestamp: body["timestamp"].as_i64().unwrap(),
                scopes: "identity:name,identity:age_over_18",
                presentation: body["presentation"].as_str().unwrap(),
            },
        );
        assert!(is_signed(&key(DEVICE).public_key(), &message, &body["signature"]));
        assert_eq!(
            shown(&body),
            names(&[
                SourceClaim::GivenName,
                SourceClaim::FamilyName,
                SourceClaim::AgeOver18
            ]),
            "the date of birth stays on the phone"
        );
    }
}

#[test]
fn a_minor_shows_the_source_of_the_predicate() {
    let body = approved(
        SignedMessage::Second,
        &[SourceClaim::Birthdate],
        &["identity:age_over_18"],
        ScopeSet::EMPTY,
    );
    assert_eq!(shown(&body.unwrap()), names(&[SourceClaim::Birthdate]));
}

#[test]
fn nothing_granted_shows_nothing() {
    let all = AtomicScope::ALL.iter().copied().collect();
    let body = approved(SignedMessage::First, &SourceClaim::ALL, &["identity:full"], all).unwrap();
    assert_eq!(body["grantedScopes"], json!([]));
    assert_eq!(shown(&body), BTreeSet::new());
}

#[test]
fn what_is_not_held_can_only_be_denied() {
    let held = [SourceClaim::GivenName, SourceClaim::FamilyName];
    let scopes = ["identity:name", "identity:photo"];
    let refused = approved(SignedMessage::Second, &held, &scopes, ScopeSet::EMPTY);
    assert_eq!(refused, Err(ApprovalError::NotHeld(NotHeld(AtomicScope::Photo))));
    let unanswerable = credential(&held).unanswerable(request(&scopes, "compare").scopes);
    assert_eq!(unanswerable, ScopeSet::from_iter([AtomicScope::Photo]));
    assert!(approved(SignedMessage::Second, &held, &scopes, unanswerable).is_ok());
}

#[test]
fn times_end() {
    let (identity, credential, signer) = (identity(), credential(&[]), key(DEVICE));
    let approver = Approver {
        identity: &identity,
        credential: &credential,
        signer: &signer,
        form: SignedMessage::Second,
    };
    let mut request = request(&[], "transfer");
    let entered = || CodeAnswer::Entered(Code::typed("123 456").unwrap());
    let decision = Decision::new(&request, entered(), ScopeSet::EMPTY, now()).unwrap();
    assert_eq!(
        approve(&approver, &decision, request.expires_at),
        Err(ApprovalError::Expired)
    );
    let late = Decision::new(&request, entered(), ScopeSet::EMPTY, request.expires_at);
    assert_eq!(late.unwrap_err(), DecisionError::Expired);

    request.expires_at = Timestamp::from_unix_millis(i64::MAX);
    let decision = Decision::new(&request, entered(), ScopeSet::EMPTY, now()).unwrap();
    assert_eq!(
        approve(&approver, &decision, credential.expires_at()),
        Err(ApprovalError::CredentialExpired)
    );
}

#[test]
fn a_refusal_is_signed_with_its_reason() {
    let body = json_of(&decline(
        &identity(),
        &key(DEVICE),
        &"sess_abc123".parse().unwrap(),
        DeclineReason::NotMe,
        now(),
    ));
    assert_eq!(
        (&body["reason"], &body["deviceId"]),
        (&json!("not_me"), &json!("phone-1"))
    );
    let message = format!("sess_abc123|reject|{}|not_me", now().unix_seconds());
    assert!(is_signed(
        &key(DEVICE).public_key(),
        message.as_bytes(),
        &body["signature"]
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// On the wire, past an independent verifier: every disclosed claim is one that a granted scope needs.
    #[test]
    fn a_presentation_shows_only_what_the_grant_needs(
        held in prop::collection::btree_set(prop::sample::select(&SourceClaim::ALL[..]), 0..10),
        asked in prop::collection::btree_set(prop::sample::select(AtomicScope::ALL), 0..15),
        denied in prop::collection::vec(prop::sample::select(AtomicScope::ALL), 0..5),
    ) {
        let held: Vec<SourceClaim> = held.into_iter().collect();
        let scopes: Vec<&str> = asked.iter().map(|scope| scope.as_str()).collect();
        let requested: ScopeSet = asked.iter().copied().collect();
        let denied = credential(&held).unanswerable(requested).union(denied.into_iter().collect());
        let body = approved(SignedMessage::Second, &held, &scopes, denied).unwrap();
        let granted = requested.without(denied);
        prop_assert_eq!(&body["grantedScopes"], &json!(granted));
        for name in shown(&body) {
            let claim: SourceClaim = name.parse().unwrap();
            let first = |scope| SourceClaim::sufficient_for(scope).iter().find(|needs| needs.iter().all(|need| held.contains(need)));
            let needed = granted.iter().any(|scope| first(scope).is_some_and(|needs| needs.contains(&claim)));
            prop_assert!(needed, "{} was shown for {:?}", name, granted);
        }
    }
}
