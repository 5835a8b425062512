//! `verified_claims`.

use idp_types::TrustLevel;
use serde_json::{Value, json};

use super::super::*;
use super::{client, released};
use crate::scope::RequestedScope;

fn verified(level: TrustLevel, request: &Value) -> Option<Value> {
    let released = released(level);
    let request = json!({"userinfo": {"verified_claims": request}});
    let disclosure = Disclosure {
        released: &released,
        scope: &RequestedScope::default(),
        request: Some(&request),
        address: None,
    };
    released_claims(&client(), &disclosure, Place::UserInfo).remove("verified_claims")
}

/// `ekyc-server-happypath` and its siblings `-emptyobject`, `-essentialfalse`, `-unknown-claim-omitted`,
/// `-one-claim-with-random-value-omitted`.
#[test]
fn oidc4ida_verified_claims() {
    let request = json!({
        "verification": {"trust_framework": null},
        "claims": {
            "given_name": {}, "family_name": {"essential": false}, "name": {"value": "random"}, "unknown": null,
            "nationalities": null,
        },
    });
    assert_eq!(
        verified(TrustLevel::High, &request).unwrap(),
        json!({
            "verification": {"trust_framework": "eidas"},
            "claims": {"given_name": "Jean", "family_name": "Dupont", "nationalities": ["FRA"]},
        })
    );
}

#[test]
fn oidc4ida_an_unfulfilled_verification_leaves_all_out() {
    let of = |level, verification: Value| {
        verified(
            level,
            &json!({"verification": verification, "claims": {"given_name": null}}),
        )
        .is_some()
    };
    assert!(of(
        TrustLevel::High,
        json!({"trust_framework": {"value": "eidas"}})
    ));
    assert!(!of(
        TrustLevel::Low,
        json!({"trust_framework": {"value": "eidas"}})
    ));
    assert!(of(
        TrustLevel::Low,
        json!({"assurance_level": {"values": ["low", "high"]}})
    ));
    assert!(!of(
        TrustLevel::Low,
        json!({"assurance_level": {"value": "high"}})
    ));
    assert!(!of(
        TrustLevel::High,
        json!({"evidence": [{"type": {"value": "document"}}]})
    ));
    let missing = json!({"claims": {"given_name": null}});
    assert_eq!(verified(TrustLevel::High, &missing), None);
    let nothing = json!({"verification": {"trust_framework": null}, "claims": {"unknown": null}});
    assert_eq!(verified(TrustLevel::High, &nothing), None);
}

#[test]
fn oidc4ida_evidence_only_where_asked_for() {
    let request = json!({
        "verification": {"trust_framework": null, "assurance_level": null, "time": null,
            "evidence": [{"type": {"value": "electronic_record"}}]},
        "claims": {"given_name": null},
    });
    let said = verified(TrustLevel::Substantial, &request).unwrap();
    assert_eq!(said["verification"]["assurance_level"], "substantial");
    assert_eq!(said["verification"]["time"], "1970-01-01T00:00:00Z");
    let evidence = &said["verification"]["evidence"][0];
    assert_eq!(evidence["type"], "electronic_record");
    assert_eq!(evidence["record"]["source"]["name"], "Operator");
    assert!(
        TRUST_FRAMEWORKS
            .iter()
            .any(|known| said["verification"]["trust_framework"] == **known)
    );
}

#[test]
fn oidc4ida_several_requests_are_several_answers() {
    let one = |claim: &str| json!({"verification": {"trust_framework": null}, "claims": {claim: null}});
    let said = verified(
        TrustLevel::High,
        &json!([one("given_name"), one("unknown"), one("family_name")]),
    )
    .unwrap();
    assert_eq!(said.as_array().unwrap().len(), 2);
}
