//! Single logout.

use data_encoding::BASE64;
use saml::binding::{Binding, Received};
use saml::logout::{
    Initiator, LogoutCircumstances, LogoutPlan, LogoutRequestFacts, LogoutResponseFacts, Participant,
    SessionName, check_logout, check_logout_response, logout_request, logout_response,
};
use saml::message::{Body, Required};
use saml::provider::{LogoutService, ServiceProvider};
use saml::signature::SignatureError;
use saml::{Detail, NameId, NameIdFormat, Status, StatusCode};

use crate::fixture::{IDP, SLO, SP, SP_KEY, authenticate, entity, id, now, posted, provider, session_index};

fn name(value: &str) -> NameId {
    NameId {
        value: value.to_owned(),
        format: Some(NameIdFormat::Persistent.uri().to_owned()),
        name_qualifier: Some(IDP.to_owned()),
        sp_name_qualifier: Some(SP.to_owned()),
    }
}

/// What the service provider sends, which has the same form as ours.
fn request(value: &str, index: &str) -> String {
    let facts = LogoutRequestFacts {
        id: &id("_l1"),
        now: now(),
        issuer: &entity(SP),
        destination: SLO,
        name_id: &name(value),
        session_index: &session_index(index),
    };
    SP_KEY.seal(logout_request(&facts).expect("a request"))
}

fn body(xml: &str) -> Body {
    let message = authenticate(posted(xml), &provider(), Required::Yes).expect("signed");
    message.body().expect("a body")
}

const HERE: LogoutCircumstances<'static> = LogoutCircumstances {
    now: idp_types::Timestamp::from_unix_seconds(1_768_478_400),
    own: &[SLO],
};

#[test]
fn a_request_ends_the_sessions_that_it_names_and_no_others() {
    let anna = name("anna");
    let indexes = [session_index("_s1"), session_index("_s2")];
    let sessions = indexes.each_ref().map(|session_index| SessionName {
        name_id: &anna,
        session_index,
    });
    let Body::Logout(one) = body(&request("anna", "_s2")) else {
        panic!("a logout request");
    };
    let ends = check_logout(&one, HERE, &sessions).expect("ends");
    assert_eq!(ends, [&sessions[1]]);
    let mut all = one.clone();
    all.session_indexes.clear();
    assert_eq!(check_logout(&all, HERE, &sessions).expect("ends").len(), 2);
    for other in [request("berta", "_s1"), request("anna", "_s3")] {
        let Body::Logout(other) = body(&other) else {
            panic!("a logout request");
        };
        let status = check_logout(&other, HERE, &sessions).expect_err("refused");
        assert_eq!(status.detail, Some(Detail::UnknownPrincipal));
    }
    let mut late = one;
    late.not_on_or_after = Some(now().minus_seconds(181));
    assert!(check_logout(&late, HERE, &sessions).is_err());
}

#[test]
fn anybody_s_word_ends_no_session() {
    let signed = request("anna", "_s1");
    let begin = signed.find("<ds:Signature").expect("a signature");
    let end = signed.find("</ds:Signature>").expect("a signature") + "</ds:Signature>".len();
    let stripped = format!("{}{}", &signed[..begin], &signed[end..]);
    let refused = |xml: &str| authenticate(posted(xml), &provider(), Required::Yes).map(|_| ());
    assert_eq!(refused(&stripped), Err(SignatureError::Missing));
    assert_eq!(
        refused(&signed.replace(">anna<", ">berta<")),
        Err(SignatureError::Digest)
    );
    let wrapped = stripped
        .replace("_l1", "_evil")
        .replace(">anna<", ">berta<")
        .replace(
            "</samlp:LogoutRequest>",
            &format!("<samlp:Extensions>{signed}</samlp:Extensions></samlp:LogoutRequest>"),
        );
    assert_eq!(refused(&wrapped), Err(SignatureError::Place));
}

#[test]
fn an_answer_belongs_to_its_question() {
    let success = Status::SUCCESS;
    let answer = |in_response_to: &str| {
        let facts = LogoutResponseFacts {
            id: &id("_l2"),
            now: now(),
            issuer: &entity(SP),
            destination: SLO,
            in_response_to: &id(in_response_to),
            status: &success,
        };
        let xml = SP_KEY.seal(logout_response(&facts).expect("a response"));
        let value: String =
            form_urlencoded::byte_serialize(BASE64.encode(xml.as_bytes()).as_bytes()).collect();
        let received = Received::from_form(&format!("SAMLResponse={value}")).expect("a form");
        let message = authenticate(received, &provider(), Required::Yes).expect("signed");
        match message.body().expect("a body") {
            Body::LoggedOut(response) => response,
            other => panic!("another message: {other:?}"),
        }
    };
    let own = answer("_q1");
    assert_eq!(own.status, Status::SUCCESS);
    assert!(check_logout_response(&own, HERE, (&entity(SP), &id("_q1"))).is_ok());
    assert!(check_logout_response(&own, HERE, (&entity(SP), &id("_q2"))).is_err());
    assert!(check_logout_response(&own, HERE, (&entity("https://other.example"), &id("_q1"))).is_err());
}

#[test]
fn a_question_does_not_travel_as_an_answer() {
    let xml = request("anna", "_s1");
    let value: String = form_urlencoded::byte_serialize(BASE64.encode(xml.as_bytes()).as_bytes()).collect();
    let received = Received::from_form(&format!("SAMLResponse={value}")).expect("a form");
    let message = authenticate(received, &provider(), Required::Yes).expect("signed");
    assert!(message.body().is_err());
}

#[test]
fn asynchronous_logout_is_recognised() {
    let extension = "<samlp:Extensions><async:Asynchronous xmlns:async=\"urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo\"/></samlp:Extensions>";
    let xml = request("anna", "_s1");
    let begin = xml.find("<ds:Signature").expect("a signature");
    let end = xml.find("</ds:Signature>").expect("a signature") + "</ds:Signature>".len();
    let bare = format!("{}{extension}{}", &xml[..begin], &xml[end..]);
    let message = authenticate(posted(&bare), &provider(), Required::No).expect("a message");
    let Ok(Body::Logout(logout)) = message.body() else {
        panic!("a logout request");
    };
    assert!(logout.asynchronous);
}

fn participant(number: u8, bindings: &[Binding]) -> (Participant, ServiceProvider) {
    let mut provider = provider();
    provider.entity_id = entity(&format!("https://sp{number}.example"));
    provider.logout = bindings
        .iter()
        .map(|binding| LogoutService {
            binding: *binding,
            location: format!("https://sp{number}.example/slo"),
            response_location: None,
        })
        .collect();
    let participant = Participant {
        provider: provider.entity_id.clone(),
        name_id: name("anna"),
        session_index: session_index("_s1"),
    };
    (participant, provider)
}

/// A plan with the initiator, one back channel and two front channels.
fn plan() -> LogoutPlan {
    let all = [
        participant(0, &[Binding::Redirect]),
        participant(1, &[Binding::Redirect]),
        participant(2, &[Binding::Post, Binding::Soap]),
        participant(3, &[Binding::Post]),
    ];
    let initiator = Initiator {
        provider: entity("https://sp0.example"),
        request: id("_l1"),
        relay_state: None,
        binding: Binding::Redirect,
    };
    let participants = all
        .iter()
        .map(|(participant, provider)| (participant.clone(), provider))
        .collect();
    LogoutPlan::new(Some(initiator), participants)
}

#[test]
fn everybody_but_the_initiator_is_told_back_channels_first() {
    let mut plan = plan();
    let back: Vec<_> = plan.back_channel();
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].participant.provider.as_str(), "https://sp2.example");
    plan = plan.asked(&entity("https://sp2.example"), id("_q2"));
    plan = plan.answered(&entity("https://sp2.example"), &Status::SUCCESS);
    for (number, request) in [(1, "_q1"), (3, "_q3")] {
        let delivery = plan.front_channel().expect("another journey");
        let provider = entity(&format!("https://sp{number}.example"));
        assert_eq!(delivery.participant.provider, provider);
        plan = plan.asked(&provider, id(request));
        assert_eq!(plan.awaiting(&id(request)), Some(&provider));
        let text = serde_json::to_string(&plan).expect("stored");
        plan = serde_json::from_str::<LogoutPlan>(&text).expect("read");
        plan = plan.answered(&provider, &Status::SUCCESS);
        assert_eq!(plan.awaiting(&id(request)), None);
    }
    assert_eq!(plan.front_channel(), None);
    assert_eq!(plan.status(), Status::SUCCESS);
    assert_eq!(plan.initiator().expect("one").request, id("_l1"));
}

#[test]
fn one_who_does_not_end_its_session_makes_the_logout_partial() {
    let failure = Status::responder(Detail::AuthnFailed, "no");
    let plan = plan()
        .answered(&entity("https://sp2.example"), &Status::SUCCESS)
        .answered(&entity("https://sp1.example"), &failure)
        .answered(&entity("https://sp3.example"), &Status::SUCCESS)
        // A late second word changes nothing.
        .answered(&entity("https://sp1.example"), &Status::SUCCESS);
    assert_eq!(plan.status().code, StatusCode::Success);
    assert_eq!(plan.status().detail, Some(Detail::PartialLogout));
    let failed: Vec<_> = plan.failed().map(saml::EntityId::as_str).collect();
    assert_eq!(failed, ["https://sp1.example"]);
}

#[test]
fn one_without_single_logout_is_named_as_such() {
    let (participant, provider) = participant(7, &[]);
    let plan = LogoutPlan::new(None, vec![(participant, &provider)]);
    assert_eq!(plan.front_channel(), None);
    assert_eq!(plan.status().detail, Some(Detail::PartialLogout));
}
