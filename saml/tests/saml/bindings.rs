//! The bindings, in and out.

use data_encoding::BASE64;
use saml::binding::{
    Artifact, BindingError, Direction, EcpResponse, PostForm, Received, RedirectDraft, RelayState,
    ecp_response, soap_envelope, soap_fault,
};
use saml::message::Required;
use saml::signature::SignatureError;

use crate::fixture::{IDP, SP_KEY, SSO, STRANGER, authenticate, authn_request, entity, provider};

fn query_of(address: &str) -> &str {
    address.split_once('?').expect("a query").1
}

/// A redirect that the provider signs.
fn signed_query(relay_state: Option<&str>) -> String {
    let state = relay_state.map(|state| RelayState::parse(state).expect("a state"));
    let draft = RedirectDraft::new(SSO, Direction::Request, &authn_request("", ""), state.as_ref());
    let prepared = draft.prepare(SP_KEY.algorithm());
    let signature = SP_KEY.sign(prepared.octets());
    query_of(&prepared.complete(&signature)).to_owned()
}

fn verdict(query: &str) -> Result<bool, SignatureError> {
    let received = Received::from_query(query).expect("a query");
    authenticate(received, &provider(), Required::Yes).map(|message| message.is_signed())
}

#[test]
fn a_redirect_is_verified_over_the_octets_received() {
    assert_eq!(verdict(&signed_query(None)), Ok(true));
    let query = signed_query(Some("a b&c=<d>"));
    assert_eq!(verdict(&query), Ok(true));
    let state = Received::from_query(&query).expect("a query").relay_state;
    assert_eq!(state.expect("a state").as_str(), "a b&c=<d>");
}

#[test]
fn every_spelling_of_the_encoding_verifies_as_it_was_signed() {
    // Lower-case digits and %20, as .NET writes them.
    let plain =
        query_of(&RedirectDraft::new(SSO, Direction::Request, &authn_request("", ""), None).unsigned())
            .to_owned();
    let lower = plain
        .replace("%2B", "%2b")
        .replace("%2F", "%2f")
        .replace("%3D", "%3d");
    let algorithm = "http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256";
    let octets = format!("{lower}&RelayState=a%20b&SigAlg={algorithm}");
    let signature = BASE64.encode(&SP_KEY.sign(octets.as_bytes()));
    let signature: String = form_urlencoded::byte_serialize(signature.as_bytes()).collect();
    assert_eq!(verdict(&format!("{octets}&Signature={signature}")), Ok(true));
    let shuffled = format!("Signature={signature}&username=x&SigAlg={algorithm}&RelayState=a%20b&{lower}");
    assert_eq!(
        verdict(&shuffled),
        Ok(true),
        "the order of arrival is not that of signing"
    );
    let other = octets.replace("a%20b", "a+b");
    assert_eq!(
        verdict(&format!("{other}&Signature={signature}")),
        Err(SignatureError::Value)
    );
}

#[test]
fn a_changed_or_stripped_redirect_is_refused() {
    let query = signed_query(Some("here"));
    assert_eq!(
        verdict(&query.replace("RelayState=here", "RelayState=there")),
        Err(SignatureError::Value)
    );
    assert_eq!(
        verdict(&query.replace("&RelayState=here", "")),
        Err(SignatureError::Value)
    );
    let sha1 = "http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1";
    let from = query.find("SigAlg=").expect("an algorithm");
    let to = query.find("&Signature=").expect("a signature");
    let downgraded = format!("{}SigAlg={sha1}{}", &query[..from], &query[to..]);
    assert_eq!(verdict(&downgraded), Err(SignatureError::Algorithm));
    let stripped = &query[..query.find("&SigAlg").expect("an algorithm")];
    assert_eq!(verdict(stripped), Err(SignatureError::Missing));
    let half = Received::from_query(&query[..to]);
    assert_eq!(half, Err(BindingError::Signature));
}

#[test]
fn another_provider_s_signature_is_refused() {
    let draft = RedirectDraft::new(SSO, Direction::Request, &authn_request("", ""), None);
    let prepared = draft.prepare(STRANGER.algorithm());
    let signature = STRANGER.sign(prepared.octets());
    assert_eq!(
        verdict(query_of(&prepared.complete(&signature))),
        Err(SignatureError::Value)
    );
}

#[test]
fn parameters_stand_once_and_alone() {
    let query = signed_query(Some("here"));
    let cases = [
        (format!("{query}&SAMLRequest=x"), BindingError::Repeated),
        (format!("{query}&RelayState=x"), BindingError::Repeated),
        (format!("{query}&Relay%53tate=x"), BindingError::Repeated),
        (format!("{query}&SAMLResponse=x"), BindingError::Mixed),
        (format!("{query}&SAMLart=x"), BindingError::Mixed),
        (format!("{query}&SAMLEncoding=other"), BindingError::Encoding),
        ("RelayState=x".to_owned(), BindingError::Absent),
        ("SAMLRequest=%".to_owned(), BindingError::Malformed),
        ("SAMLRequest=%zz".to_owned(), BindingError::Malformed),
        ("SAMLRequest=AAAA".to_owned(), BindingError::Malformed),
        (
            format!("SAMLRequest={}", "A".repeat(20_000)),
            BindingError::TooLarge,
        ),
    ];
    for (query, error) in cases {
        assert_eq!(Received::from_query(&query), Err(error), "{query:.80}");
    }
}

#[test]
fn relay_state_is_kept_or_refused_and_never_changed() {
    for length in [0, 80, 81, RelayState::LIMIT] {
        assert_eq!(
            RelayState::parse("x".repeat(length))
                .expect("kept")
                .as_str()
                .len(),
            length
        );
    }
    let long = RelayState::parse("x".repeat(RelayState::LIMIT + 1));
    assert_eq!(long, Err(BindingError::RelayState));
}

#[test]
fn a_form_has_the_message_and_the_word() {
    let state = RelayState::parse("\"><script>").expect("a state");
    let form = PostForm::new(SSO, Direction::Response, "<a/>", Some(&state));
    assert_eq!(form.action, SSO);
    let fields = [
        ("SAMLResponse", "PGEvPg==".to_owned()),
        ("RelayState", "\"><script>".to_owned()),
    ];
    assert_eq!(form.fields, fields);
}

#[test]
fn an_artifact_names_its_issuer_and_is_read_back() {
    let artifact = Artifact::new(0, &entity(IDP), [7; 20]);
    let text = artifact.to_string();
    // 0x0004, the index, SHA-1 of the issuer and the handle (Bindings 3.6.4.2).
    assert_eq!(BASE64.decode(text.as_bytes()).expect("base64").len(), 44);
    assert!(text.starts_with("AAQAA"));
    let read = Artifact::parse(&text).expect("an artifact");
    assert!(read.is_of(&entity(IDP)) && !read.is_of(&entity("https://other.example")));
    assert_eq!(format!("{read:?}"), "Artifact(..)");
    assert_eq!(Artifact::parse("AAQ="), None);
    assert_eq!(Artifact::parse(&text.replace("AAQ", "AAU")), None);
    let form = PostForm::artifact("https://sp.example/acs", &read, None);
    assert_eq!(form.fields, [("SAMLart", text.clone())]);
    let address = read.redirect("https://sp.example/acs?x=1", None);
    assert!(address.starts_with("https://sp.example/acs?x=1&SAMLart=AAQ"));
}

#[test]
fn a_soap_body_is_the_message() {
    let envelope = soap_envelope(&authn_request("", ""));
    let received = Received::from_soap(envelope.as_bytes()).expect("an envelope");
    let message = authenticate(received, &provider(), Required::No).expect("a message");
    assert!(message.body().is_ok());
    let demanding = envelope.replace(
        "<S:Body>",
        "<S:Header><x:y xmlns:x=\"urn:x\" S:mustUnderstand=\"1\"/></S:Header><S:Body>",
    );
    assert_eq!(
        Received::from_soap(demanding.as_bytes()),
        Err(BindingError::Envelope)
    );
    let two = envelope.replace("</S:Body>", "<x/></S:Body>");
    assert_eq!(Received::from_soap(two.as_bytes()), Err(BindingError::Envelope));
    assert_eq!(
        Received::from_soap(authn_request("", "").as_bytes()),
        Err(BindingError::Envelope)
    );
    assert_eq!(Received::from_soap(b"\xff"), Err(BindingError::Malformed));
}

#[test]
fn a_signature_in_an_envelope_covers_the_message_alone() {
    use crate::xmlsec::{Bench, REQUEST, usual_template};
    let bench = Bench::new();
    let template = soap_envelope(&authn_request("", &usual_template()));
    let signed = bench.sign(&template, REQUEST, &SP_KEY);
    let received = Received::from_soap(signed.as_bytes()).expect("an envelope");
    let message = authenticate(received, &provider(), Required::Yes).expect("signed");
    assert!(message.is_signed());
}

#[test]
fn an_enhanced_client_is_told_where_the_answer_belongs() {
    let answer = ecp_response(EcpResponse {
        response: "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"></samlp:Response>",
        consumer: "https://sp.example/ecp?a=1&b=2",
        request_authenticated: true,
    })
    .expect("an envelope");
    assert!(answer.contains("AssertionConsumerServiceURL=\"https://sp.example/ecp?a=1&amp;b=2\" S:actor"));
    assert!(answer.contains("<ecp:RequestAuthenticated"));
    assert!(soap_fault("a < b").contains("<faultstring>a &lt; b</faultstring>"));
}
