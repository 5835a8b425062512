//! Authentication requests: each rule, and what follows a broken one.

use idp_types::Timestamp;
use idp_types::assurance::{Aal, TrustLevel};
use saml::binding::{Binding, RelayState};
use saml::message::{Message, Required};
use saml::provider::{AttributeRule, AttributeService, AttributeSource, RequestedAttribute, Strength};
use saml::request::{
    CheckedRequest, Circumstances, HeldSession, Next, Refusal, ReplayKey, UnsolicitedError, check,
    check_destination, unsolicited,
};
use saml::xml::ReadError;
use saml::{Detail, NameId, NameIdFormat, Status, StatusCode};

use crate::fixture::{
    ACS, SP, SSO, authenticate, authn_request, checked, entity, now, posted, provider, request,
};

/// The status with which a request is refused.
fn refusal(xml: &str) -> Status {
    match checked(xml, &provider()) {
        Err(Refusal::Answer(answer)) => {
            assert_eq!(answer.consumer.location, ACS);
            assert_eq!(answer.in_response_to.as_str(), "_r1");
            answer.status
        }
        other => panic!("not refused with a status: {other:?}"),
    }
}

fn accepted(xml: &str) -> CheckedRequest {
    checked(xml, &provider()).expect("accepted")
}

fn unreadable(xml: &str) -> ReadError {
    match Message::open(posted(xml)) {
        Err(error) => error,
        Ok(message) => {
            let authenticated = message.authenticate(&provider(), Required::No, &crate::fixture::Native);
            authenticated.expect("unsigned").body().expect_err("unreadable")
        }
    }
}

#[test]
fn a_bare_request_gets_the_defaults() {
    let checked = accepted(&authn_request("", ""));
    assert_eq!(checked.consumer.location, ACS);
    assert_eq!(checked.name_id_format, NameIdFormat::Persistent);
    assert!(!checked.force_authn && !checked.is_passive && checked.allow_create);
    let text = serde_json::to_string(&checked).expect("stored");
    assert_eq!(
        serde_json::from_str::<CheckedRequest>(&text).expect("read"),
        checked
    );
}

#[test]
fn a_request_without_address_and_destination_is_taken_unsigned() {
    // As Entra sends it (`saml.md` 2.2).
    let request = authn_request(
        "",
        "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"/>",
    );
    let checked = accepted(&request.replace(&format!("Destination=\"{SSO}\""), ""));
    assert!(checked.allow_create);
    assert_eq!(checked.name_id_format, NameIdFormat::Persistent);
}

#[test]
fn time_and_place_are_checked() {
    let at = |instant| authn_request("", "").replace("2026-01-15T12:00:00Z", instant);
    for instant in [
        "2026-01-15T11:52:01Z",
        "2026-01-15T12:02:59.5Z",
        "2026-01-15T13:00:00+01:00",
    ] {
        accepted(&at(instant));
    }
    for instant in [
        "2026-01-15T11:51:59Z",
        "2026-01-15T12:03:01Z",
        "2016-01-15T12:00:00Z",
    ] {
        assert_eq!(
            refusal(&at(instant)).detail,
            Some(Detail::RequestDenied),
            "{instant}"
        );
    }
    let elsewhere = authn_request("", "").replace(SSO, "https://other.example/sso");
    assert_eq!(refusal(&elsewhere).detail, Some(Detail::RequestDenied));
    let version = authn_request("", "").replace("Version=\"2.0\"", "Version=\"1.1\"");
    assert_eq!(refusal(&version).code, StatusCode::VersionMismatch);
}

#[test]
fn a_signed_request_without_destination_is_denied() {
    let mut head = request(&authn_request("", "")).head;
    head.destination = None;
    assert!(check_destination(&head, &[SSO], false).is_ok());
    let status = check_destination(&head, &[SSO], true).expect_err("denied");
    assert_eq!(status.detail, Some(Detail::RequestDenied));
}

#[test]
fn a_request_has_one_replay_key() {
    let key = accepted(&authn_request("", "")).replay.expect("a key");
    assert_eq!(
        key,
        ReplayKey::of(&request(&authn_request("ForceAuthn=\"1\"", "")).head)
    );
    let other = authn_request("", "").replace("_r1", "_r2");
    assert_ne!(key.key, ReplayKey::of(&request(&other).head).key);
    assert!(key.until > now().plus_seconds(300));
}

#[test]
fn unsigned_requests_are_refused_where_signatures_are_due() {
    let mut provider = provider();
    provider.authn_requests_signed = true;
    let required = Required::for_authentication(&provider);
    assert_eq!(required, Required::Yes);
    assert!(authenticate(posted(&authn_request("", "")), &provider, required).is_err());
}

#[test]
fn a_message_of_another_provider_is_not_this_one_s() {
    let mut provider = provider();
    provider.entity_id = entity("https://other.example");
    assert!(authenticate(posted(&authn_request("", "")), &provider, Required::No).is_err());
}

#[test]
fn name_id_policies_are_met_or_refused() {
    let with = |attributes: &str| authn_request("", &format!("<samlp:NameIDPolicy {attributes}/>"));
    let format = |name: &str| with(&format!("Format=\"urn:oasis:names:tc:SAML:{name}\""));
    let wanted = [
        ("2.0:nameid-format:persistent", NameIdFormat::Persistent),
        ("2.0:nameid-format:transient", NameIdFormat::Transient),
        ("1.1:nameid-format:emailAddress", NameIdFormat::EmailAddress),
        ("1.1:nameid-format:unspecified", NameIdFormat::Persistent),
    ];
    for (name, wanted) in wanted {
        assert_eq!(accepted(&format(name)).name_id_format, wanted);
    }
    for name in ["2.0:nameid-format:encrypted", "1.1:nameid-format:X509SubjectName"] {
        assert_eq!(
            refusal(&format(name)).detail,
            Some(Detail::InvalidNameIdPolicy),
            "{name}"
        );
    }
    let own = with(&format!("SPNameQualifier=\"{SP}\" AllowCreate=\"false\""));
    assert!(!accepted(&own).allow_create);
    let other = with("SPNameQualifier=\"https://other.example\"");
    assert_eq!(refusal(&other).detail, Some(Detail::InvalidNameIdPolicy));
}

#[test]
fn the_person_is_the_one_who_was_meant() {
    let name = |value: &str| NameId {
        value: value.to_owned(),
        format: Some(NameIdFormat::Persistent.uri().to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let subject = format!(
        "<saml:Subject><saml:NameID Format=\"{}\">anna</saml:NameID></saml:Subject>",
        NameIdFormat::Persistent.uri()
    );
    let checked = accepted(&authn_request("", &subject));
    assert!(checked.accept_person(&name("anna"), true).is_ok());
    let other = checked.accept_person(&name("Anna"), true).expect_err("another");
    assert_eq!(other.detail, Some(Detail::UnknownPrincipal));
    let bare = accepted(&authn_request("", "<samlp:NameIDPolicy AllowCreate=\"0\"/>"));
    let unknown = bare
        .accept_person(&name("anna"), false)
        .expect_err("none may be made");
    assert_eq!(unknown.detail, Some(Detail::InvalidNameIdPolicy));
    assert!(bare.accept_person(&name("anna"), true).is_ok());
    let confirmed =
        "<saml:Subject><saml:NameID>x</saml:NameID><saml:SubjectConfirmation Method=\"m\"/></saml:Subject>";
    assert_eq!(
        refusal(&authn_request("", confirmed)).detail,
        Some(Detail::RequestUnsupported)
    );
}

#[test]
fn unknown_contexts_are_refused_before_anybody_is_asked() {
    let context = |class: &str| {
        let class = format!("<saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef>");
        authn_request(
            "",
            &format!("<samlp:RequestedAuthnContext>{class}</samlp:RequestedAuthnContext>"),
        )
    };
    assert_eq!(
        refusal(&context("urn:unknown")).detail,
        Some(Detail::NoAuthnContext)
    );
    accepted(&context("urn:idtokenseal:acr:oob-high"));
    assert_eq!(
        unreadable(&authn_request("", "<samlp:RequestedAuthnContext/>")),
        ReadError::Value("RequestedAuthnContext")
    );
}

#[test]
fn a_session_answers_only_what_it_covers() {
    let provider = provider();
    let session = |covers| HeldSession {
        authenticated_at: now(),
        strength: Strength {
            level: TrustLevel::Low,
            face: false,
            aal: Aal::One,
        },
        covers,
    };
    let plain = accepted(&authn_request("", ""));
    assert_eq!(plain.next(Some(&session(true)), &provider), Ok(Next::Answer));
    assert_eq!(plain.next(Some(&session(false)), &provider), Ok(Next::Ask));
    assert_eq!(plain.next(None, &provider), Ok(Next::Ask));
    let forced = accepted(&authn_request("ForceAuthn=\"true\"", ""));
    assert_eq!(forced.next(Some(&session(true)), &provider), Ok(Next::Ask));
    let passive = accepted(&authn_request("IsPassive=\"1\"", ""));
    assert_eq!(passive.next(Some(&session(true)), &provider), Ok(Next::Answer));
    let refused = passive.next(None, &provider).expect_err("nobody is asked");
    assert_eq!(refused.detail, Some(Detail::NoPassive));
    let both = accepted(&authn_request("IsPassive=\"1\" ForceAuthn=\"1\"", ""));
    assert!(both.next(Some(&session(true)), &provider).is_err());
}

#[test]
fn attributes_are_those_that_are_allowed_and_asked_for() {
    let mut provider = provider();
    let rule = |source| AttributeRule::standard(source).expect("a standard name");
    provider.policy.attributes = vec![
        rule(AttributeSource::GivenName),
        rule(AttributeSource::DateOfBirth),
    ];
    provider.attribute_services = vec![AttributeService {
        index: 4,
        is_default: false,
        attributes: ["urn:oid:2.5.4.42", "urn:oid:1.3.6.1.4.1.51528.3.4"]
            .map(|name| RequestedAttribute {
                name: name.to_owned(),
                required: false,
            })
            .to_vec(),
    }];
    let all = checked(&authn_request("", ""), &provider).expect("accepted");
    assert_eq!(all.attributes.len(), 2);
    let some = authn_request("AttributeConsumingServiceIndex=\"4\"", "");
    let some = checked(&some, &provider).expect("accepted");
    assert_eq!(some.attributes, [rule(AttributeSource::GivenName)]);
    let none = authn_request("AttributeConsumingServiceIndex=\"5\"", "");
    let Err(Refusal::Answer(answer)) = checked(&none, &provider) else {
        panic!("an unknown set is refused");
    };
    assert_eq!(answer.status.detail, Some(Detail::InvalidAttrNameOrValue));
}

#[test]
fn metadata_that_ended_serves_nobody() {
    let mut provider = provider();
    provider.source.valid_until = Some(now());
    let Err(Refusal::Answer(answer)) = checked(&authn_request("", ""), &provider) else {
        panic!("expired metadata is refused");
    };
    assert_eq!(answer.status.detail, Some(Detail::RequestDenied));
}

#[test]
fn enhanced_clients_log_in_where_the_operator_says_so() {
    let mut provider = provider();
    let request = request(&authn_request("", ""));
    let state = RelayState::parse("x").expect("a state");
    let circumstances = Circumstances {
        now: now(),
        own: &[SSO],
        binding: Binding::Soap,
        is_signed: true,
        relay_state: Some(&state),
    };
    assert!(matches!(
        check(&request, &provider, circumstances),
        Err(Refusal::Answer(_))
    ));
    provider.policy.ecp = true;
    let checked = check(&request, &provider, circumstances).expect("accepted");
    assert_eq!(checked.consumer.binding, Binding::Paos);
    assert_eq!(checked.relay_state, Some(state));
}

#[test]
fn messages_that_are_not_what_they_claim_are_not_read() {
    let plain = authn_request("", "");
    let cases = [
        (
            plain.replace("ID=\"_r1\"", "ID=\"1 onload=\""),
            ReadError::Value("ID"),
        ),
        (plain.replace("ID=\"_r1\"", ""), ReadError::Missing("ID")),
        (
            plain.replace("2026-01-15T12:00:00Z", "2026-01-15T12:00:00"),
            ReadError::Value("IssueInstant"),
        ),
        (plain.replace(SP, ""), ReadError::Missing("Issuer")),
        (plain.replace(SP, "a b"), ReadError::Value("Issuer")),
        (plain.replace(SP, "<x/>"), ReadError::Unexpected("Issuer")),
        (
            authn_request("ForceAuthn=\"yes\"", ""),
            ReadError::Value("ForceAuthn"),
        ),
        (
            authn_request("AssertionConsumerServiceIndex=\"-1\"", ""),
            ReadError::Value("AssertionConsumerServiceIndex"),
        ),
        (
            authn_request("ProtocolBinding=\"urn:x\"", ""),
            ReadError::Value("ProtocolBinding"),
        ),
        (
            authn_request("", "<saml:Issuer>x</saml:Issuer>"),
            ReadError::Repeated("Issuer"),
        ),
        (
            authn_request("", "<samlp:NameIDPolicy/><samlp:NameIDPolicy/>"),
            ReadError::Repeated("NameIDPolicy"),
        ),
        (
            plain.replace("AuthnRequest", "AuthnQuery"),
            ReadError::Unexpected("message"),
        ),
    ];
    for (xml, error) in cases {
        assert_eq!(unreadable(&xml), error, "{xml}");
    }
}

#[test]
fn values_of_256_characters_are_read() {
    // IIP-G02.
    let long = "x".repeat(256 - 19);
    let request = request(&authn_request("", "").replace("_r1", &format!("_{}", "a".repeat(255))));
    assert_eq!(request.head.id.as_str().len(), 256);
    assert!(saml::EntityId::parse(format!("https://sp.example/{long}")).is_ok());
    assert!(Timestamp::parse_rfc3339("2026-01-15T12:00:00.123456789Z").is_some());
}

#[test]
fn a_login_begins_here_only_where_the_operator_lets_one() {
    let mut provider = provider();
    assert_eq!(
        unsolicited(&provider, None, now()),
        Err(UnsolicitedError::NotAllowed)
    );
    provider.policy.idp_initiated = true;
    let target = RelayState::parse("/start").expect("a state");
    let request = unsolicited(&provider, Some(target.clone()), now()).expect("allowed");
    assert_eq!(request.consumer.location, ACS);
    assert_eq!((request.in_response_to, request.replay), (None, None));
    assert_eq!(request.relay_state, Some(target));
    provider.source.valid_until = Some(now());
    assert_eq!(
        unsolicited(&provider, None, now()),
        Err(UnsolicitedError::Expired)
    );
}
