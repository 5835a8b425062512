//! The endpoint's checks.

use idp_types::TokenId;

use super::{BROWSER, CHALLENGE, client, read, read_as, refusal, scopes};
use crate::authorize::request::Arrival;
use crate::authorize::{Display, Prompt};
use crate::client::{AuthenticationMethod, ClientProfile, GrantType};
use crate::error::ErrorCode;

#[test]
fn the_seeds_request_is_read() {
    let request = read(&[("nonce", "n-0S6_WzA2Mj")]).unwrap();
    assert_eq!(request.client_id().as_str(), "bar-le-central");
    assert_eq!(request.nonce.as_deref(), Some("n-0S6_WzA2Mj"));
    assert_eq!(request.asked, scopes(&["identity:name"]));
    assert_eq!(request.destination.state.as_deref(), Some("af0ifjsldkj"));
}

#[test]
fn oidc_core_3_1_2_1_order_of_scopes_and_unknown_parameters_make_no_difference() {
    let request = read(&[
        ("scope", "identity:name openid openid"),
        ("foo", "bar"),
        ("claims_locales", "fr"),
    ])
    .unwrap();
    assert!(request.scope.has("openid"));
    assert_eq!(request.nonce, None, "the code flow needs none");
}

#[test]
fn rfc6749_3_1_1_response_type_is_code_and_nothing_else() {
    assert_eq!(refusal(&[("response_type", "")]), ErrorCode::InvalidRequest);
    for other in [
        "token",
        "id_token",
        "code id_token",
        "code token",
        "none",
        "CODE",
        "id_token token",
        "xyz",
    ] {
        assert_eq!(
            refusal(&[("response_type", other)]),
            ErrorCode::UnsupportedResponseType,
            "{other}"
        );
    }
}

#[test]
fn rfc6749_4_1_2_1_the_client_may_use_the_code_grant() {
    let mut other = client();
    other.grant_types = vec![GrantType::ClientCredentials];
    assert_eq!(
        read_as(&other, &[], BROWSER).unwrap_err().code,
        ErrorCode::UnauthorizedClient
    );
    let mut entra = client();
    entra.profile = ClientProfile::EntraExternal;
    assert_eq!(
        read_as(&entra, &[], BROWSER).unwrap_err().code,
        ErrorCode::UnauthorizedClient
    );
}

#[test]
fn oidc_core_3_1_2_6_registration_and_response_modes_that_do_not_exist() {
    assert_eq!(
        refusal(&[("registration", "{}")]),
        ErrorCode::RegistrationNotSupported
    );
    assert_eq!(
        refusal(&[("response_mode", "web_message")]),
        ErrorCode::InvalidRequest
    );
    assert_eq!(
        refusal(&[("state", &"s".repeat(5000))]),
        ErrorCode::InvalidRequest
    );
    assert_eq!(
        refusal(&[("nonce", &"n".repeat(1025))]),
        ErrorCode::InvalidRequest
    );
    assert!(read(&[("state", &"s".repeat(1024)), ("nonce", &"n".repeat(384))]).is_ok());
}

#[test]
fn rfc6749_3_3_scopes_are_known_and_within_the_clients() {
    for bad in [
        "identity:shoe_size",
        "openid address",
        "openid identity:photo",
        "openid identity:full_with_photo",
        "openid identity:age_over_21",
    ] {
        assert_eq!(refusal(&[("scope", bad)]), ErrorCode::InvalidScope, "{bad}");
    }
    assert_eq!(refusal(&[("scope", "")]), ErrorCode::InvalidScope);
    assert_eq!(refusal(&[("scope", " ")]), ErrorCode::InvalidScope);
    let request = read(&[(
        "scope",
        "openid profile email orders:read identity:full identity:nationality",
    )])
    .unwrap();
    assert_eq!(request.asked, scopes(&["identity:full"]));
    let mut unlisted = client();
    unlisted.allowed_scopes = vec!["openid".to_owned()];
    let refused = read_as(&unlisted, &[("scope", "openid profile")], BROWSER).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidScope);
}

#[test]
fn profile_6_the_portrait_comes_through_a_composite_only_where_that_is_allowed() {
    let mut photo = client();
    photo.allowed_scopes = ["openid", "identity:full", "identity:photo"]
        .map(str::to_owned)
        .to_vec();
    let refused = read_as(&photo, &[("scope", "openid identity:full_with_photo")], BROWSER).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidScope);
    photo.allowed_scopes.push("identity:full_with_photo".to_owned());
    assert!(read_as(&photo, &[("scope", "openid identity:full_with_photo")], BROWSER).is_ok());
}

#[test]
fn oidc_core_11_offline_access_that_cannot_be_had_is_ignored() {
    let wish = [("scope", "openid offline_access")];
    assert!(read(&wish).unwrap().scope.has("offline_access"));
    let mut online = client();
    online.grant_types = vec![GrantType::AuthorizationCode];
    assert!(
        !read_as(&online, &wish, BROWSER)
            .unwrap()
            .scope
            .has("offline_access")
    );
}

#[test]
fn oidc_core_3_1_2_1_prompt_values() {
    assert!(read(&[("prompt", "none")]).unwrap().prompts.forbids_asking());
    let both = read(&[("prompt", "login consent")]).unwrap().prompts;
    assert!(both.demands_asking() && both.has(Prompt::Login) && both.has(Prompt::Consent));
    assert!(
        read(&[("prompt", "select_account")])
            .unwrap()
            .prompts
            .has(Prompt::SelectAccount)
    );
    for bad in ["none login", "login none", "create", "NONE"] {
        assert_eq!(refusal(&[("prompt", bad)]), ErrorCode::InvalidRequest, "{bad}");
    }
}

#[test]
fn oidc_core_3_1_2_1_max_age_is_a_number_of_seconds() {
    assert_eq!(read(&[("max_age", "0")]).unwrap().max_age, Some(0));
    assert_eq!(read(&[("max_age", "10000")]).unwrap().max_age, Some(10_000));
    for bad in ["-1", "+1", "1.5", "soon", "99999999999"] {
        assert_eq!(refusal(&[("max_age", bad)]), ErrorCode::InvalidRequest, "{bad}");
    }
    let mut hasty = client();
    hasty.default_max_age = Some(60);
    assert_eq!(read_as(&hasty, &[], BROWSER).unwrap().max_age, Some(60));
}

#[test]
fn oidc_core_3_1_2_1_wishes_never_fail() {
    let request = read(&[
        ("display", "hologram"),
        ("ui_locales", "fr-CA fr <script> x en"),
        ("login_hint", "jean@bar.example, perhaps"),
    ])
    .unwrap();
    assert_eq!(request.display, Display::Page);
    assert_eq!(request.ui_locales, ["fr-CA", "fr", "en"]);
    assert_eq!(request.login_hint, None);
    let hint = read(&[("login_hint", "VDS-FR-0042"), ("display", "popup")]).unwrap();
    assert_eq!(hint.login_hint, TokenId::parse("VDS-FR-0042").ok());
    assert_eq!(hint.display, Display::Popup);
    assert_eq!(
        refusal(&[("id_token_hint", &"a".repeat(20_000))]),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn rfc7636_4_4_1_pkce_is_required_of_public_clients_and_s256_alone() {
    let mut public = client();
    public.authentication_method = AuthenticationMethod::None;
    assert_eq!(
        read_as(&public, &[], BROWSER).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    let good = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    assert!(read_as(&public, &good, BROWSER).unwrap().code_challenge.is_some());
    for bad in [
        &[("code_challenge", CHALLENGE)][..],
        &[("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
        &[("code_challenge", "short"), ("code_challenge_method", "S256")],
        &[("code_challenge_method", "S256")],
    ] {
        assert_eq!(refusal(bad), ErrorCode::InvalidRequest, "{bad:?}");
    }
    let mut strict = client();
    strict.require_pkce = true;
    assert_eq!(
        read_as(&strict, &[], BROWSER).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
}

#[test]
fn rfc9449_10_dpop_jkt_is_a_thumbprint() {
    assert!(read(&[("dpop_jkt", CHALLENGE)]).unwrap().dpop_jkt.is_some());
    assert_eq!(refusal(&[("dpop_jkt", "abc")]), ErrorCode::InvalidRequest);
}

#[test]
fn rfc9126_6_and_fapi2_5_3_2_2_some_clients_must_push() {
    let pushed = Arrival {
        pushed: true,
        signed: false,
    };
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let mut fapi = client();
    fapi.profile = ClientProfile::Fapi2;
    assert_eq!(
        read_as(&fapi, &pkce, BROWSER).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    assert!(read_as(&fapi, &pkce, pushed).is_ok());
    assert_eq!(
        read_as(&fapi, &[], pushed).unwrap_err().code,
        ErrorCode::InvalidRequest,
        "without PKCE"
    );
    let mut pushing = client();
    pushing.require_pushed_authorization_requests = true;
    assert_eq!(
        read_as(&pushing, &[], BROWSER).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    assert!(read_as(&pushing, &[], pushed).is_ok());
}

#[test]
fn rfc9101_10_5_some_clients_must_sign() {
    let mut signing = client();
    signing.require_signed_request_object = true;
    assert_eq!(
        read_as(&signing, &[], BROWSER).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    assert!(
        read_as(
            &signing,
            &[],
            Arrival {
                pushed: false,
                signed: true
            }
        )
        .is_ok()
    );
}

#[test]
fn rfc8707_2_resources_are_absolute_and_the_clients() {
    let request = read(&[("resource", "https://api.bar.example/")]).unwrap();
    assert_eq!(request.resources, ["https://api.bar.example/"]);
    for bad in [
        "https://api.bar.example/#x",
        "/relative",
        "https://other.example/",
        "api",
    ] {
        assert_eq!(refusal(&[("resource", bad)]), ErrorCode::InvalidTarget, "{bad}");
    }
}

#[test]
fn rfc9396_2_details_are_objects_of_types_that_the_client_may_use() {
    let good = r#"[{"type":"payment","actions":["initiate"],"amount":{"currency":"EUR"}}]"#;
    let request = read(&[("authorization_details", good), ("scope", "")]).unwrap();
    assert!(
        request.authorization_details.is_some(),
        "details alone are a request"
    );
    for bad in [
        "{}",
        "[]",
        "[1]",
        r#"[{"actions":["x"]}]"#,
        r#"[{"type":"health"}]"#,
        r#"[{"type":"payment","actions":"x"}]"#,
        r#"[{"type":"payment","locations":[1]}]"#,
        r#"[{"type":"payment","identifier":1}]"#,
        r#"[{"type":"payment","type":"payment"}]"#,
        "not json",
    ] {
        assert_eq!(
            refusal(&[("authorization_details", bad)]),
            ErrorCode::InvalidAuthorizationDetails,
            "{bad}"
        );
    }
}

#[test]
fn oidc_core_3_1_2_1_a_hint_and_a_requested_subject_agree_or_the_request_is_wrong() {
    let claims = r#"{"id_token":{"sub":{"value":"jean"}}}"#;
    let mut request = read(&[("claims", claims)]).unwrap();
    assert_eq!(request.expected_subject.as_deref(), Some("jean"));
    assert_eq!(
        request.expect_subject("amelie".to_owned()).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    assert_eq!(request.expect_subject("jean".to_owned()), Ok(()));
}

#[test]
fn a_request_survives_being_stored() {
    let request = read(&[
        ("claims", r#"{"userinfo":{"name":{"essential":true}}}"#),
        ("acr_values", "urn:idtokenseal:aal:2"),
        ("prompt", "login"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("response_mode", "form_post.jwt"),
    ])
    .unwrap();
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<super::AuthorizationRequest>(&text).unwrap(),
        request
    );
}
