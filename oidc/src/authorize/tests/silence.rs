//! Profile 1.6: a cookie is not a consent.

use idp_types::{ClaimSet, Timestamp};

use super::{BROWSER, authentication, client, read, read_as, scopes};
use crate::authentication::Released;
use crate::authorize::silent::{Ask, HeldApproval, decide, narrowed};
use crate::error::ErrorCode;
use crate::scope::RequestedScope;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_010);

fn held() -> HeldApproval {
    HeldApproval {
        authentication: authentication(),
        subject: "jean".to_owned(),
        sid: "sid".to_owned(),
        scope: RequestedScope::parse("openid identity:name", &[]).unwrap(),
        authorization_details: None,
        claims_until: Timestamp::from_unix_seconds(4_600),
    }
}

fn decided(changes: &[(&str, &str)]) -> Result<String, Ask> {
    decide(&read(changes).unwrap(), Some(&held()), NOW)
}

#[test]
fn what_was_granted_and_is_held_is_answered_with_the_acr_of_then() {
    assert_eq!(decided(&[]).unwrap(), "urn:idtokenseal:acr:face-oob-substantial");
    assert!(decided(&[("scope", "openid")]).is_ok(), "less is within");
    assert!(decided(&[("prompt", "none"), ("max_age", "10")]).is_ok());
    assert!(
        decided(&[("scope", "openid profile")]).is_ok(),
        "profile is the name (the seed's mapping)"
    );
}

#[test]
fn profile_1_6_more_than_was_granted_asks_the_phone() {
    for scope in [
        "openid identity:age_over_18",
        "openid email",
        "openid offline_access",
        "openid orders:read",
    ] {
        assert_eq!(decided(&[("scope", scope)]), Err(Ask::Beyond), "{scope}");
    }
    assert_eq!(
        decided(&[("claims", r#"{"userinfo":{"birthdate":null}}"#)]),
        Err(Ask::Beyond)
    );
    assert_eq!(
        decided(&[("authorization_details", r#"[{"type":"payment"}]"#)]),
        Err(Ask::Beyond)
    );
    assert_eq!(Ask::Beyond.refusal().code, ErrorCode::InteractionRequired);
}

#[test]
fn profile_1_5_claims_that_are_no_longer_held_ask_the_phone_and_none_need_none() {
    let late = Timestamp::from_unix_seconds(5_000);
    assert_eq!(decide(&read(&[]).unwrap(), Some(&held()), late), Err(Ask::Beyond));
    assert!(decide(&read(&[("scope", "openid")]).unwrap(), Some(&held()), late).is_ok());
}

#[test]
fn oidc_core_3_1_2_1_prompt_and_max_age() {
    for prompt in ["login", "consent", "select_account"] {
        assert_eq!(decided(&[("prompt", prompt)]), Err(Ask::Demanded), "{prompt}");
    }
    assert_eq!(decided(&[("max_age", "0")]), Err(Ask::TooOld));
    assert_eq!(decided(&[("max_age", "9")]), Err(Ask::TooOld));
    assert_eq!(Ask::TooOld.refusal().code, ErrorCode::LoginRequired);
    let mut hasty = client();
    hasty.default_max_age = Some(5);
    assert_eq!(
        decide(&read_as(&hasty, &[], BROWSER).unwrap(), Some(&held()), NOW),
        Err(Ask::TooOld)
    );
}

#[test]
fn oidc_core_3_1_2_1_nobody_and_somebody_else_are_login_required() {
    assert_eq!(decide(&read(&[]).unwrap(), None, NOW), Err(Ask::Unknown));
    let mut request = read(&[]).unwrap();
    request.expect_subject("amelie".to_owned()).unwrap();
    assert_eq!(decide(&request, Some(&held()), NOW), Err(Ask::OtherSubject));
    for ask in [Ask::Unknown, Ask::OtherSubject] {
        assert_eq!(ask.refusal().code, ErrorCode::LoginRequired);
    }
}

#[test]
fn rfc9470_a_login_that_was_not_sure_enough_asks_the_phone() {
    let high = [("acr_values", "urn:idtokenseal:acr:face-oob-high")];
    assert_eq!(decided(&high), Err(Ask::Unmet));
    assert_eq!(Ask::Unmet.refusal().code, ErrorCode::InteractionRequired);
}

#[test]
fn profile_1_6_nothing_beyond_what_is_asked_for_leaves_the_session() {
    let claims: ClaimSet = serde_json::from_value(serde_json::json!({
        "given_name": "Jean", "family_name": "Dupont", "name": "Jean Dupont", "birthdate": "1985-06-15", "nationality": "FRA",
        "document_number": "12AB34567", "picture": "AA", "trust_level": 3, "age_over_18": true, "age_over_21": true,
        "age_over_25": true, "age_range": "35-44", "is_eu_citizen": true, "name_initial": "J. D.",
    }))
    .unwrap();
    let mut authentication = authentication();
    authentication.granted = scopes(&["identity:full", "identity:age_over_18", "identity:name_initial"]);
    let released = Released {
        authentication,
        claims,
    };
    let none = narrowed(released.clone(), scopes(&[]));
    assert_eq!(serde_json::to_value(&none.claims).unwrap(), serde_json::json!({}));
    let age = narrowed(
        released.clone(),
        scopes(&["identity:age_over_18", "identity:age_over_21"]),
    );
    assert_eq!(
        serde_json::to_value(&age.claims).unwrap(),
        serde_json::json!({"age_over_18": true})
    );
    assert_eq!(age.authentication.granted, scopes(&["identity:age_over_18"]));
    let given = narrowed(released, scopes(&["identity:name"]));
    let name = serde_json::json!({"given_name": "Jean", "family_name": "Dupont", "name": "Jean Dupont"});
    assert_eq!(serde_json::to_value(&given.claims).unwrap(), name);
}
