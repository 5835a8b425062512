//! Which claims are said where.

mod verified;

use idp_types::{
    Aal, Amr, ClaimSet, ClientId, DeviceId, Scope, ScopeSet, ServiceId, Timestamp, TokenId, TrustLevel,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::authentication::{Authentication, Evidence, Released};
use crate::client::{Client, SigningAlgorithm};
use crate::scope::RequestedScope;

fn client() -> Client {
    let client_id = ClientId::parse("client").unwrap();
    let mut client = Client::new(
        client_id,
        ServiceId::parse("service").unwrap(),
        Timestamp::default(),
    );
    client.claims_in_id_token = false;
    client
}

fn released(trust_level: TrustLevel) -> Released {
    let granted = ScopeSet::expanding([Scope::FullWithPhoto]);
    let mut claims = ClaimSet::default();
    claims.given_name = Some("Jean".to_owned());
    claims.family_name = Some("Dupont".to_owned());
    claims.name = Some("Jean Dupont".to_owned());
    claims.nationality = Some("FRA".to_owned());
    claims.picture = Some("AAAA".to_owned());
    claims.trust_level = Some(trust_level.number());
    Released {
        authentication: Authentication {
            token_id: TokenId::parse("t").unwrap(),
            first_token_id: TokenId::parse("t").unwrap(),
            device_id: DeviceId::parse("d").unwrap(),
            auth_time: Timestamp::default(),
            trust_level,
            face_vouched: false,
            aal: Aal::Two,
            amr: vec![Amr::Mca],
            granted,
            evidence: Some(Evidence {
                manifest: "0A0001".to_owned(),
                scheme_operator: "Operator".to_owned(),
                enrolled_at: Timestamp::default(),
            }),
        },
        claims,
    }
}

struct Ask<'a> {
    scope: &'a str,
    request: Value,
    address: Option<&'a str>,
}

fn said(client: &Client, ask: &Ask<'_>, place: Place) -> Map<String, Value> {
    let scope = RequestedScope::parse(ask.scope, &[]).unwrap();
    let released = released(TrustLevel::High);
    let disclosure = Disclosure {
        released: &released,
        scope: &scope,
        request: Some(&ask.request),
        address: ask.address,
    };
    released_claims(client, &disclosure, place)
}

fn by_scope(scope: &str, place: Place) -> Value {
    let ask = Ask {
        scope,
        request: Value::Null,
        address: None,
    };
    Value::Object(said(&client(), &ask, place))
}

fn requested(request: Value, place: Place) -> Value {
    let ask = Ask {
        scope: "openid",
        request,
        address: None,
    };
    Value::Object(said(&client(), &ask, place))
}

#[test]
fn oidc_core_5_4_scopes_select_claims_at_userinfo() {
    let of = |scope| by_scope(scope, Place::UserInfo);
    assert_eq!(of("openid"), json!({}));
    let name = json!({"given_name": "Jean", "family_name": "Dupont", "name": "Jean Dupont"});
    assert_eq!(of("openid identity:name"), name);
    assert_eq!(of("openid profile"), name);
    assert_eq!(
        of("openid identity:trust_level identity:nationality"),
        json!({"trust_level": 3, "nationality": "FRA"})
    );
    assert_eq!(of("openid identity:photo"), json!({"picture": "AAAA"}));
    assert_eq!(
        of("openid identity:age_over_18"),
        json!({}),
        "what was not released is absent"
    );
}

#[test]
fn oidc_core_5_4_the_id_token_has_them_where_the_client_asked() {
    assert_eq!(by_scope("openid identity:name", Place::IdToken), json!({}));
    let client = Client {
        claims_in_id_token: true,
        ..client()
    };
    let ask = Ask {
        scope: "openid identity:trust_level identity:photo",
        request: Value::Null,
        address: None,
    };
    let said = Value::Object(said(&client, &ask, Place::IdToken));
    assert_eq!(said, json!({"trust_level": 3}), "never the portrait");
}

#[test]
fn oidc_core_5_5_single_claims_where_they_are_asked_for() {
    let request = json!({
        "userinfo": {"given_name": null, "nationality": {"value": "DEU"}, "unknown": null},
        "id_token": {"family_name": {"essential": true}, "trust_level": {"values": [2, 3]}, "picture": null},
    });
    assert_eq!(
        requested(request.clone(), Place::UserInfo),
        json!({"given_name": "Jean"})
    );
    assert_eq!(
        requested(request, Place::IdToken),
        json!({"family_name": "Dupont", "trust_level": 3})
    );
    for odd in [json!(7), json!({"userinfo": 7}), json!({"userinfo": []})] {
        assert_eq!(requested(odd, Place::UserInfo), json!({}));
    }
}

#[test]
fn the_client_sees_its_own_names() {
    let mut client = client();
    let map = |ours: &str, theirs: &str| (ours.to_owned(), theirs.to_owned());
    client.claim_mapping = [
        map("name", "displayName"),
        map("given_name", ""),
        map("family_name", "sub"),
    ]
    .into();
    let ask = Ask {
        scope: "openid identity:name",
        request: Value::Null,
        address: None,
    };
    assert_eq!(
        Value::Object(said(&client, &ask, Place::UserInfo)),
        json!({"displayName": "Jean Dupont", "family_name": "Dupont"}),
        "a name of the protocol is not given away"
    );
}

#[test]
fn the_address_is_the_operators_to_assert() {
    let of = |scope, address| {
        let ask = Ask {
            scope,
            request: Value::Null,
            address,
        };
        Value::Object(said(&client(), &ask, Place::UserInfo))
    };
    assert_eq!(of("openid email", None), json!({}));
    assert_eq!(of("openid", Some("a@b.example")), json!({}));
    assert_eq!(
        of("openid email", Some("a@b.example")),
        json!({"email": "a@b.example", "email_verified": true})
    );
    let ask = Ask {
        scope: "openid",
        request: json!({"id_token": {"email": null}}),
        address: Some("a@b.example"),
    };
    let said = Value::Object(said(&client(), &ask, Place::IdToken));
    assert_eq!(said, json!({"email": "a@b.example", "email_verified": true}));
}

#[test]
fn rfc8707_for_whom_an_access_token_is() {
    let scope = |text: &str| RequestedScope::parse(text, &["read".to_owned()]).unwrap();
    let of = |client: &Client, resources: &[String], text: &str| {
        serde_json::to_value(audience(client, resources, &scope(text), "https://op.example")).unwrap()
    };
    let plain = client();
    assert_eq!(of(&plain, &[], "openid"), json!("https://op.example"));
    assert_eq!(of(&plain, &[], "read"), json!("https://op.example"));
    let api = Client {
        resources: vec!["https://api.example".to_owned()],
        ..client()
    };
    assert_eq!(of(&api, &[], "read"), json!("https://api.example"));
    assert_eq!(
        of(&api, &[], "openid"),
        json!(["https://api.example", "https://op.example"])
    );
    let named = ["https://b.example".to_owned()];
    assert_eq!(of(&api, &named, "read"), json!("https://b.example"));
}

#[test]
fn oidc_core_3_1_3_6_at_hash() {
    // OIDC Core, appendix A.3.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(
        token_hash(SigningAlgorithm::Rs256, token),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
    assert_eq!(
        token_hash(SigningAlgorithm::Es256, token),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
    assert_eq!(token_hash(SigningAlgorithm::EdDsa, token).len(), 43);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z_]{0,12}".prop_map(Value::from),
    ];
    let name = "verified_claims|verification|claims|userinfo|id_token|value|values|given_name|evidence|type|[a-z]{1,4}";
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_request_brings_forth_what_was_not_released(request in any_json()) {
        for place in [Place::UserInfo, Place::IdToken] {
            let said = requested(request.clone(), place).to_string();
            for absent in ["birthdate", "document_number", "age_over"] {
                prop_assert!(!said.contains(absent));
            }
        }
    }
}
