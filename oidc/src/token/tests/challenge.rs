//! Challenges of resources.

use super::super::*;
use super::at;

#[test]
fn rfc6750_3_and_rfc9449_7_1_challenges() {
    let challenge = |scheme, error, max_age| {
        let acr_values = ["urn:a".to_owned(), "\"b\\".to_owned()];
        Challenge {
            scheme,
            error,
            demand: Demand {
                acr_values: &acr_values,
                max_age,
            },
            algorithms: "ES256",
        }
        .to_value()
    };
    assert_eq!(challenge(Scheme::Bearer, None, None), "Bearer realm=\"oidc\"");
    let lacking = OAuthError::new(ErrorCode::InsufficientScope, "why");
    assert_eq!(
        challenge(Scheme::Dpop, Some(lacking), None),
        "DPoP realm=\"oidc\", error=\"insufficient_scope\", error_description=\"why\", scope=\"openid\", algs=\"ES256\""
    );
    let weak = OAuthError::new(ErrorCode::InsufficientUserAuthentication, "why");
    assert_eq!(
        challenge(Scheme::Bearer, Some(weak), Some(60)),
        "Bearer realm=\"oidc\", error=\"insufficient_user_authentication\", error_description=\"why\", \
         acr_values=\"urn:a b\", max_age=\"60\""
    );
}

#[test]
fn rfc9470_3_what_a_resource_demands() {
    let acr_values = ["phr".to_owned()];
    let demand = Demand {
        acr_values: &acr_values,
        max_age: Some(60),
    };
    let login = at(0).unix_seconds();
    assert!(demand.check(Some("phr"), Some(login), at(60)).is_ok());
    for (acr, auth_time, now) in [
        (Some("phr"), Some(login), at(61)),
        (Some("other"), Some(login), at(0)),
        (None, Some(login), at(0)),
        (Some("phr"), None, at(0)),
    ] {
        let error = demand.check(acr, auth_time, now).unwrap_err();
        assert_eq!(error.code, ErrorCode::InsufficientUserAuthentication);
    }
    assert!(Demand::default().check(None, None, at(0)).is_ok());
}
