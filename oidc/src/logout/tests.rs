//! RP-Initiated, Back-Channel and Front-Channel Logout 1.0, clause by clause.

use idp_types::{Aal, Amr, ClientId, DeviceId, ScopeSet, ServiceId, Timestamp, TokenId, TrustLevel};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::authentication::Authentication;
use crate::client::Client;
use crate::fuzzing::trusted_claims;
use crate::parameters::Parameters;
use crate::session::{BrowserSession, SessionClient};

const ISSUER: &str = "https://seal.example";
const BACK: &str = "https://bar.example/bye?a=b";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + seconds)
}

fn client() -> Client {
    let mut client = Client::new(
        ClientId::parse("bar").unwrap(),
        ServiceId::parse("bar").unwrap(),
        at(0),
    );
    client.post_logout_redirect_uris = vec![BACK.to_owned(), "https://bar.example/plain".to_owned()];
    client
}

fn part() -> SessionClient {
    SessionClient {
        client_id: ClientId::parse("bar").unwrap(),
        sid: "sid-of-bar".to_owned(),
        subject: "pairwise-of-bar".to_owned(),
        granted: ScopeSet::EMPTY,
        since: at(0),
    }
}

fn session() -> BrowserSession {
    let token_id = TokenId::parse("7f9c24e8").unwrap();
    BrowserSession {
        id: "bs_1".to_owned(),
        secret_digest: String::new(),
        authentication: Authentication {
            first_token_id: token_id.clone(),
            token_id,
            device_id: DeviceId::parse("phone").unwrap(),
            auth_time: at(0),
            trust_level: TrustLevel::High,
            face_vouched: false,
            aal: Aal::Two,
            amr: vec![Amr::Swk],
            granted: ScopeSet::EMPTY,
            evidence: None,
        },
        clients: vec![part()],
        created_at: at(0),
        expires_at: at(3600),
        ended: None,
    }
}

fn hint(changes: &[(&str, Value)]) -> Option<Hint> {
    let mut claims = json!({
        "iss": ISSUER, "aud": "bar", "sub": "pairwise-of-bar", "sid": "sid-of-bar",
        "iat": 1_700_000_000, "exp": 1_700_003_600,
    });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    Hint::of(&trusted_claims(&claims.to_string()).unwrap())
}

fn request(pairs: &[(&str, &str)]) -> EndSessionRequest {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    EndSessionRequest::read(&Parameters::from_pairs(pairs).unwrap()).unwrap()
}

/// The decision with somebody signed in, for a client that is known by the hint or by its name.
fn decided(pairs: &[(&str, &str)], hint: Option<&Hint>) -> Result<Decision, Mismatch> {
    let request = request(pairs);
    let (client, session) = (client(), session());
    let is_known = hint.is_some() || request.client_id.is_some();
    decide(
        &request,
        Present {
            hint,
            client: is_known.then_some((&client, ISSUER)),
            session: Some((&session, Some("pairwise-of-bar"))),
        },
    )
}

fn end(return_to: Option<&str>) -> Decision {
    Decision::End {
        return_to: return_to.map(str::to_owned),
    }
}

fn ask(return_to: Option<&str>) -> Decision {
    Decision::Ask {
        return_to: return_to.map(str::to_owned),
    }
}

#[test]
fn rp_initiated_2_a_hint_of_the_session_ends_it_and_state_comes_back() {
    let hint = hint(&[]);
    let hint = hint.as_ref();
    let asked = [("post_logout_redirect_uri", BACK), ("state", "x y")];
    assert_eq!(
        decided(&asked, hint),
        Ok(end(Some("https://bar.example/bye?a=b&state=x+y")))
    );
    let plain = [("post_logout_redirect_uri", "https://bar.example/plain")];
    assert_eq!(decided(&plain, hint), Ok(end(Some("https://bar.example/plain"))));
    assert_eq!(decided(&[("state", "lost")], hint), Ok(end(None)));
    assert_eq!(decided(&[], hint), Ok(end(None)));
}

#[test]
fn rp_initiated_3_only_registered_addresses_character_by_character() {
    let hint = hint(&[]);
    for bad in [
        "https://evil.example/",
        "https://bar.example/bye",
        "https://bar.example/bye?a=b&c=d",
        "https://bar.example/plain/",
        "https://bar.example/plain?",
        "HTTPS://bar.example/plain",
    ] {
        let asked = [("post_logout_redirect_uri", bad)];
        assert_eq!(decided(&asked, hint.as_ref()), Err(Mismatch::Address), "{bad}");
    }
}

#[test]
fn rp_initiated_2_without_a_good_hint_the_person_is_asked() {
    let asked = [("post_logout_redirect_uri", BACK)];
    // Nobody is known who registered the address: it is not used, however the person answers.
    assert_eq!(decided(&asked, None), Ok(ask(None)));
    let named = [("post_logout_redirect_uri", BACK), ("client_id", "bar")];
    assert_eq!(decided(&named, None), Ok(ask(Some(BACK))));
    assert_eq!(decided(&[], None), Ok(ask(None)));
    assert_eq!(decided(&[("state", "x")], None), Ok(ask(None)));
}

#[test]
fn rp_initiated_2_the_hint_must_be_of_this_session_person_and_issuer() {
    let elsewhere = hint(&[("sid", json!("other")), ("sub", json!("somebody"))]);
    assert_eq!(decided(&[], elsewhere.as_ref()), Ok(ask(None)));
    let earlier = hint(&[("sid", json!("an earlier session"))]);
    assert_eq!(decided(&[], earlier.as_ref()), Ok(end(None)), "the same person");
    let view = hint(&[("iss", json!("https://seal.example/t/plain"))]);
    assert_eq!(decided(&[], view.as_ref()), Ok(ask(None)));
}

#[test]
fn rp_initiated_2_client_id_must_be_the_hints() {
    let hint = hint(&[]);
    assert_eq!(decided(&[("client_id", "bar")], hint.as_ref()), Ok(end(None)));
    assert_eq!(
        decided(&[("client_id", "other")], hint.as_ref()),
        Err(Mismatch::Client)
    );
}

#[test]
fn nobody_signed_in_needs_no_question() {
    let (request, client) = (
        request(&[("post_logout_redirect_uri", BACK), ("client_id", "bar")]),
        client(),
    );
    let present = Present {
        hint: None,
        client: Some((&client, ISSUER)),
        session: None,
    };
    assert_eq!(decide(&request, present), Ok(end(Some(BACK))));
}

#[test]
fn other_tokens_of_ours_are_no_hints() {
    assert!(hint(&[]).is_some(), "expired is no matter");
    for (name, value) in [
        ("aud", json!(["bar", "other"])),
        ("aud", json!("no client")),
        ("exp", Value::Null),
        ("sub", Value::Null),
        ("sid", json!(1)),
    ] {
        assert_eq!(hint(&[(name, value.clone())]), None, "{name} {value}");
    }
}

#[test]
fn malformed_requests_are_refused() {
    let long = "x".repeat(5000);
    for (name, value) in [
        ("client_id", "no client"),
        ("post_logout_redirect_uri", long.as_str()),
        ("post_logout_redirect_uri", "https://bar.example/\nplain"),
        ("state", long.as_str()),
        ("ui_locales", long.as_str()),
    ] {
        let pairs = [(name.to_owned(), value.to_owned())];
        let parameters = Parameters::from_pairs(pairs).unwrap();
        assert!(EndSessionRequest::read(&parameters).is_err(), "{name}");
    }
}

#[test]
fn back_channel_2_4_the_logout_token_has_exactly_these_claims() {
    let delivery = LogoutDelivery::of("id-1".to_owned(), &part(), at(0));
    let expected = json!({
        "iss": ISSUER, "aud": "bar", "sub": "pairwise-of-bar", "sid": "sid-of-bar", "jti": "id-1",
        "iat": 1_800_000_010, "exp": 1_800_000_130,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    assert_eq!(Value::Object(logout_token(&delivery, ISSUER, at(10))), expected);
}

#[test]
fn front_channel_2_iss_and_sid_join_the_registered_query() {
    let address = frame_address("https://bar.example/out?x=1", "https://seal.example", &part());
    assert_eq!(
        address.unwrap(),
        "https://bar.example/out?x=1&iss=https%3A%2F%2Fseal.example&sid=sid-of-bar"
    );
    assert_eq!(frame_address("javascript:alert(1)", ISSUER, &part()), None);
    assert_eq!(frame_address("/relative", ISSUER, &part()), None);
}

#[test]
fn a_delivery_waits_longer_each_time_and_ends_after_a_day() {
    let mut delivery = LogoutDelivery::of("id-1".to_owned(), &part(), at(0));
    let mut now = at(0);
    let mut tries = 0;
    while let Some(next) = delivery.clone().postponed(now, 128) {
        let pause = next.due_at.unix_seconds() - now.unix_seconds();
        assert!((4..=3600).contains(&pause), "{pause}");
        now = next.due_at;
        delivery = next;
        tries += 1;
        assert!(tries < 100);
    }
    assert!(tries > 24, "about once an hour at the end: {tries}");
}

proptest! {
    #[test]
    fn a_pause_is_spread_but_bounded(attempts: u32, dice: u8, seconds in 0_i64..80_000) {
        let mut delivery = LogoutDelivery::of("id-1".to_owned(), &part(), at(0));
        delivery.attempts = attempts;
        let now = at(seconds);
        if let Some(next) = delivery.postponed(now, dice) {
            prop_assert!(next.due_at > now && next.due_at < next.expires_at);
            prop_assert!(next.due_at <= now.plus_seconds(4500));
        }
    }

    /// Whatever is asked: nobody who is signed in is signed out without a hint or a question, or sent to a foreign address.
    #[test]
    fn never_an_unregistered_address(uri in "\\PC{0,40}|https://bar\\.example/(bye|plain)[?a=b]{0,4}", state in "\\PC{0,20}") {
        let pairs = [("post_logout_redirect_uri", uri), ("state", state), ("client_id", "bar".to_owned())];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
        let Ok(parameters) = Parameters::from_pairs(pairs) else { return Ok(()) };
        let Ok(request) = EndSessionRequest::read(&parameters) else { return Ok(()) };
        let (client, session) = (client(), session());
        let present = Present { hint: None, client: Some((&client, ISSUER)), session: Some((&session, None)) };
        match decide(&request, present) {
            Ok(Decision::Ask { return_to }) => {
                let is_registered = |address: &String| client.post_logout_redirect_uris.iter().any(|own| address.starts_with(own.as_str()));
                prop_assert!(return_to.as_ref().is_none_or(is_registered));
            }
            Ok(Decision::End { .. }) => prop_assert!(false, "signed out without a question"),
            Err(_) => {}
        }
    }

    #[test]
    fn never_panics(data: Vec<u8>) {
        crate::fuzzing::end_session_request(&data);
    }
}
