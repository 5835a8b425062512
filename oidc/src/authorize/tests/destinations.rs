//! Where answers go.

use super::{client, parameters};
use crate::authorize::destination::{BadDestination, STATE_LIMIT, check, of};
use crate::client::ClientProfile;
use crate::response::ResponseMode;

#[test]
fn oidc_core_3_1_2_1_redirect_uri_is_required() {
    assert_eq!(
        of(&parameters(&[("redirect_uri", "")]), &client()),
        Err(BadDestination::Missing)
    );
}

#[test]
fn rfc9700_4_1_3_redirect_uris_are_compared_character_by_character() {
    let client = client();
    assert_eq!(check("https://bar.example/callback", &client), Ok(()));
    for other in [
        "https://bar.example/callback/",
        "https://bar.example/callback?x=y",
        "https://bar.example/callback#x",
        "https://BAR.example/callback",
        "https://bar.example:443/callback",
        "https://bar.example/%63allback",
        "https://bar.example/other",
        "https://bar.example/other?a=b&c=d",
        "https://bar.example.evil.example/callback",
        "https://user@bar.example/callback",
        "http://bar.example/callback",
        "javascript:alert(1)",
        "",
    ] {
        assert_eq!(
            check(other, &client),
            Err(BadDestination::Unregistered),
            "{other}"
        );
    }
    let long = format!("https://bar.example/{}", "a".repeat(3000));
    assert_eq!(check(&long, &client), Err(BadDestination::Unregistered));
}

#[test]
fn rfc8252_7_3_only_the_port_of_a_native_loopback_uri_varies() {
    let mut native = client();
    native.native = true;
    native.redirect_uris = [
        "http://127.0.0.1/cb",
        "http://[::1]:5000/cb",
        "http://localhost:1/cb",
    ]
    .map(str::to_owned)
    .to_vec();
    for same in [
        "http://127.0.0.1:51004/cb",
        "http://[::1]/cb",
        "http://[::1]:6000/cb",
        "http://localhost:65535/cb",
    ] {
        assert_eq!(check(same, &native), Ok(()), "{same}");
    }
    for other in [
        "http://127.0.0.1:51004/other",
        "http://127.0.0.2:51004/cb",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:1/cb?x",
        "http://localhost.evil.example/cb",
    ] {
        assert_eq!(
            check(other, &native),
            Err(BadDestination::Unregistered),
            "{other}"
        );
    }
    native.native = false;
    assert_eq!(
        check("http://127.0.0.1:51004/cb", &native),
        Err(BadDestination::Unregistered)
    );
}

#[test]
fn fapi2_5_3_2_2_redirect_uris_are_https() {
    let mut fapi = client();
    fapi.profile = ClientProfile::Fapi2;
    fapi.redirect_uris.push("http://127.0.0.1/cb".to_owned());
    assert_eq!(check("http://127.0.0.1/cb", &fapi), Err(BadDestination::Insecure));
    assert_eq!(check("https://bar.example/callback", &fapi), Ok(()));
}

#[test]
fn rfc6749_4_1_2_1_a_wrong_mode_or_state_still_has_somewhere_to_go() {
    let destination = of(
        &parameters(&[("response_mode", "web_message"), ("state", "a\nb")]),
        &client(),
    )
    .unwrap();
    assert_eq!(destination.response_mode, ResponseMode::Query);
    assert_eq!(destination.state, None);
    let long = "s".repeat(STATE_LIMIT);
    let destination = of(
        &parameters(&[("response_mode", "form_post"), ("state", &long)]),
        &client(),
    )
    .unwrap();
    assert_eq!(destination.response_mode, ResponseMode::FormPost);
    assert_eq!(destination.state, Some(long));
}
