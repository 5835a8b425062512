//! The claims parameter, and how sure the client wants to be.

use idp_types::{Aal, MatchingMode};

use super::{BROWSER, authentication, client, read, read_as, refusal, scopes};
use crate::authorize::ClaimsRequest;
use crate::authorize::claims_parameter::{LIMIT, Place};
use crate::error::ErrorCode;

const UNMET: ErrorCode = ErrorCode::UnmetAuthenticationRequirements;

#[test]
fn oidc_core_5_5_single_claims_are_asked_of_the_phone_within_the_ceiling() {
    let claims = r#"{"userinfo":{"given_name":{"essential":true},"picture":null,"shoe_size":null},
        "id_token":{"age_over_18":null,"verified_claims":{"verification":{"trust_framework":null},"claims":{"birthdate":null}}}}"#;
    let request = read(&[("scope", "openid"), ("claims", claims)]).unwrap();
    let expected = [
        "identity:given_name",
        "identity:age_over_18",
        "identity:date_of_birth",
    ];
    assert_eq!(
        request.asked,
        scopes(&expected),
        "who may ask for the name may ask for a part of it"
    );
    let whole = read(&[("scope", "openid profile"), ("claims", claims)]).unwrap();
    let expected = ["identity:name", "identity:age_over_18", "identity:date_of_birth"];
    assert_eq!(
        whole.asked,
        scopes(&expected),
        "who asks for the name need not ask for its parts"
    );
    let parsed = ClaimsRequest::parse(claims).unwrap();
    assert!(parsed.claim(Place::Userinfo, "given_name").unwrap().is_essential);
    assert!(!parsed.claim(Place::Userinfo, "picture").unwrap().is_essential);
    assert_eq!(parsed.verified_claims(Place::IdToken).len(), 1);
    assert_eq!(parsed.names(Place::IdToken).collect::<Vec<_>>(), ["age_over_18"]);
    assert_eq!(ClaimsRequest::from_value(&parsed.to_value()), parsed);
}

#[test]
fn oidc_core_5_5_a_malformed_parameter_is_an_invalid_request() {
    let long = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "a".repeat(LIMIT));
    for bad in [
        "[]",
        "x",
        r#"{"userinfo":[]}"#,
        r#"{"id_token":{"name":1}}"#,
        r#"{"id_token":{"name":{"essential":"yes"}}}"#,
        r#"{"id_token":{"name":{"values":"a"}}}"#,
        r#"{"id_token":{"verified_claims":{"claims":{}}}}"#,
        r#"{"id_token":{"verified_claims":[1]}}"#,
        r#"{"id_token":{},"id_token":{}}"#,
        &long,
    ] {
        assert_eq!(
            refusal(&[("claims", bad)]),
            ErrorCode::InvalidRequest,
            "{bad:.80}"
        );
    }
    for good in [
        "{}",
        r#"{"userinfo":null,"other":7}"#,
        r#"{"id_token":{"name":{"value":1,"new":2}}}"#,
    ] {
        assert!(read(&[("claims", good)]).is_ok(), "{good}");
    }
}

#[test]
fn profile_4_1_without_a_wish_the_acr_is_the_trust_levels() {
    let request = read(&[]).unwrap();
    let acr = request.requirements.met_by(&authentication());
    assert_eq!(acr.unwrap(), "urn:idtokenseal:acr:face-oob-substantial");
}

#[test]
fn profile_4_1_acr_values_are_minima_and_the_first_that_is_met_is_asserted() {
    let met = |values: &str| {
        let request = read(&[("acr_values", values)]).unwrap();
        request
            .requirements
            .met_by(&authentication())
            .map_err(|error| error.code)
    };
    let urn = |name: &str| format!("urn:idtokenseal:acr:{name}");
    assert_eq!(met(&urn("oob-low")), Ok(urn("oob-low")));
    assert_eq!(met(&urn("face-oob-high")), Err(UNMET));
    let both = format!("{} {}", urn("face-oob-high"), urn("face-oob-substantial"));
    assert_eq!(met(&both), Ok(urn("face-oob-substantial")));
    assert_eq!(met("urn:idtokenseal:aal:2"), Err(UNMET));
    assert_eq!(
        met("1 2"),
        Ok(urn("face-oob-substantial")),
        "values of others demand nothing"
    );
}

#[test]
fn profile_4_1_face_is_not_asserted_where_nobody_vouches_for_it() {
    let request = read(&[(
        "acr_values",
        "urn:idtokenseal:acr:face-oob-low urn:idtokenseal:acr:oob-low",
    )])
    .unwrap();
    let mut faceless = authentication();
    faceless.face_vouched = false;
    assert_eq!(
        request.requirements.met_by(&faceless).unwrap(),
        "urn:idtokenseal:acr:oob-low"
    );
}

#[test]
fn an_assurance_is_asked_of_the_phone_by_a_stricter_mode() {
    let request = read(&[("acr_values", "urn:idtokenseal:aal:2")]).unwrap();
    assert_eq!(request.requirements.mode(), Some(MatchingMode::Transfer));
    let mut carried = authentication();
    carried.aal = Aal::Two;
    assert_eq!(
        request.requirements.met_by(&carried).unwrap(),
        "urn:idtokenseal:aal:2"
    );
    assert_eq!(read(&[]).unwrap().requirements.mode(), None);
}

#[test]
fn oidc_unmet_authentication_requirements_what_nothing_can_meet_is_refused_at_once() {
    assert_eq!(refusal(&[("acr_values", "phr")]), UNMET);
    for claims in [
        r#"{"id_token":{"acr":{"essential":true,"value":"urn:mace:incommon:iap:silver"}}}"#,
        r#"{"id_token":{"acr":{"essential":true,"values":["phr","1"]}}}"#,
    ] {
        assert_eq!(refusal(&[("claims", claims)]), UNMET, "{claims}");
    }
    assert!(read(&[("acr_values", "phr urn:idtokenseal:aal:2")]).is_ok());
}

#[test]
fn oidc_core_5_5_1_1_an_essential_acr_outweighs_acr_values_and_a_voluntary_one_does_not() {
    let essential =
        r#"{"id_token":{"acr":{"essential":true,"values":["urn:idtokenseal:acr:face-oob-high"]}}}"#;
    let low = ("acr_values", "urn:idtokenseal:acr:oob-low");
    let request = read(&[("claims", essential), low]).unwrap();
    assert_eq!(
        request.requirements.met_by(&authentication()).unwrap_err().code,
        UNMET
    );
    let voluntary = r#"{"id_token":{"acr":{"values":["urn:idtokenseal:acr:face-oob-high"]}}}"#;
    let request = read(&[("claims", voluntary), low]).unwrap();
    assert_eq!(
        request.requirements.met_by(&authentication()).unwrap(),
        "urn:idtokenseal:acr:oob-low"
    );
}

#[test]
fn oidc_registration_2_default_acr_values_stand_in_for_absent_ones() {
    let mut careful = client();
    careful.default_acr_values = vec!["urn:idtokenseal:acr:face-oob-high".to_owned()];
    let request = read_as(&careful, &[], BROWSER).unwrap();
    assert_eq!(
        request.requirements.met_by(&authentication()).unwrap_err().code,
        UNMET
    );
    let request = read_as(
        &careful,
        &[("acr_values", "urn:idtokenseal:acr:oob-low")],
        BROWSER,
    )
    .unwrap();
    assert!(request.requirements.met_by(&authentication()).is_ok());
}
