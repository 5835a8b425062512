//! The attack suite (`saml.md` 1.4, 4): every document here is hostile, and none is believed.

use crate::fixture::{ACS, Key, SP, SP_KEY, SSO, STRANGER, authenticate, authn_request, posted, provider};
use crate::xmlsec::{Bench, REQUEST, RSA_SHA256, SHA256, template, usual_template};
use data_encoding::BASE64;
use saml::binding::{BindingError, Received};
use saml::message::{Message, Required};
use saml::signature::{SignatureAlgorithm, SignatureError};
use saml::xml::{ReadError, XmlError};

fn signed_with(template: &str, key: &Key) -> String {
    let attributes = format!("AssertionConsumerServiceURL=\"{ACS}\"");
    Bench::new().sign(&authn_request(&attributes, template), REQUEST, key)
}

fn signed() -> String {
    let text = signed_with(&usual_template(), &SP_KEY);
    let declaration = "<?xml version=\"1.0\"?>";
    text.trim_start()
        .trim_start_matches(declaration)
        .trim()
        .to_owned()
}

/// What becomes of a document that must be signed.
fn verdict(xml: &str) -> Result<(), SignatureError> {
    authenticate(posted(xml), &provider(), Required::Yes).map(|_| ())
}

/// Why a document is not even opened.
fn opening(xml: &str) -> ReadError {
    Message::open(posted(xml)).err().expect("not opened")
}

/// The signed original in its parts: what it was without its signature, and the signature.
struct Parts {
    original: String,
    bare: String,
    signature: String,
}

fn parts() -> Parts {
    let original = signed();
    let begin = original.find("<ds:Signature").expect("a signature");
    let end = original.find("</ds:Signature>").expect("a signature") + "</ds:Signature>".len();
    Parts {
        signature: original[begin..end].to_owned(),
        bare: format!("{}{}", &original[..begin], &original[end..]),
        original,
    }
}

/// A request of the attacker's for another address, with `inside` where a signature would be.
fn evil(id: &str, inside: &str) -> String {
    authn_request("AssertionConsumerServiceURL=\"https://evil.example/\"", inside).replacen(
        "ID=\"_r1\"",
        &format!("ID=\"{id}\""),
        1,
    )
}

#[test]
fn what_an_independent_implementation_signed_is_believed() {
    assert_eq!(verdict(&signed()), Ok(()));
}

#[test]
fn the_eight_wrappings_are_refused() {
    let Parts {
        original,
        bare,
        signature,
    } = parts();
    let within = |signature: &str, content: &str| {
        signature.replace(
            "</ds:Signature>",
            &format!("<ds:Object>{content}</ds:Object></ds:Signature>"),
        )
    };
    let extension = |content: &str| format!("<samlp:Extensions>{content}</samlp:Extensions>");
    let forged = [
        // 1 and 2: a forged root, with the original in its signature or beside it.
        evil("_evil", &within(&signature, &bare)),
        evil("_evil", &format!("{bare}{signature}")),
        // 3 and 4: the signed original as a child of a forged root, first and in extensions.
        evil("_evil", &original),
        evil("_evil", &extension(&original)),
        // 5: the signature at the forged root, the original at its end.
        evil("_evil", &format!("{signature}{}", extension(&bare))),
        // 6: the same with the identifier of the original at the root, the original in an object.
        evil(
            "_r1",
            &within(&signature, &bare.replace("ID=\"_r1\"", "ID=\"_other\"")),
        ),
        // 7: the original in the extensions of a root of the same identifier.
        evil("_r1", &format!("{}{signature}", extension(&bare))),
        // 8: the original in an object of a signature that the forged root has.
        evil("_evil", &within(&signature, &original)),
    ];
    for (number, document) in (1..).zip(forged) {
        // All but the seventh are documents like any other, which only the signature gives away.
        let opened = Message::open(posted(&document)).map(|_| ()).err();
        let twice = (number == 7).then_some(ReadError::Xml(XmlError::DuplicateId));
        assert_eq!(opened, twice, "wrapping {number}");
        assert!(verdict(&document).is_err(), "wrapping {number}");
        let other = authenticate(posted(&document), &provider(), Required::No);
        assert!(other.is_err(), "wrapping {number} where no signature is needed");
    }
}

#[test]
fn a_signature_that_was_taken_away_is_missed() {
    assert_eq!(verdict(&parts().bare), Err(SignatureError::Missing));
}

#[test]
fn a_changed_message_is_refused() {
    let changed = signed().replace(ACS, "https://evil.example/");
    assert_eq!(verdict(&changed), Err(SignatureError::Digest));
    let value = signed().replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA");
    assert_eq!(verdict(&value), Err(SignatureError::Value));
}

#[test]
fn a_stranger_s_key_is_not_taken_from_the_message() {
    let info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STRANGER.certificate.to_base64()
    );
    let template = usual_template().replace("<ds:SignatureValue/>", &format!("<ds:SignatureValue/>{info}"));
    assert_eq!(
        verdict(&signed_with(&template, &STRANGER)),
        Err(SignatureError::Value)
    );
    assert_eq!(verdict(&signed_with(&template, &SP_KEY)), Ok(()));
}

#[test]
fn weaker_algorithms_are_refused_whatever_the_policy_says() {
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let rsa_sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    let downgraded = signed_with(&template(RSA_SHA256, sha1, "#_r1"), &SP_KEY);
    assert_eq!(verdict(&downgraded), Err(SignatureError::Algorithm));
    // xmlsec1 itself may no longer sign with SHA-1: the identifier alone decides here.
    for algorithm in [
        rsa_sha1,
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "none",
    ] {
        let text = signed().replace(RSA_SHA256, algorithm);
        assert_eq!(verdict(&text), Err(SignatureError::Algorithm), "{algorithm}");
    }
}

#[test]
fn a_provider_is_held_to_its_own_algorithms() {
    let mut provider = provider();
    provider.policy.signature_algorithms = vec![SignatureAlgorithm::RsaSha512];
    let refused = authenticate(posted(&signed()), &provider, Required::Yes).map(|_| ());
    assert_eq!(refused, Err(SignatureError::Algorithm));
}

#[test]
fn a_reference_to_anything_but_the_message_is_refused() {
    for reference in ["", "#_r2", "https://evil.example/", "#xpointer(/)"] {
        let text = signed().replace("URI=\"#_r1\"", &format!("URI=\"{reference}\""));
        assert_eq!(verdict(&text), Err(SignatureError::Shape), "{reference}");
    }
    let whole = signed_with(&template(RSA_SHA256, SHA256, ""), &SP_KEY);
    assert_eq!(verdict(&whole), Err(SignatureError::Shape), "the whole document");
}

#[test]
fn signatures_of_another_shape_are_refused() {
    let text = signed();
    let between = |begin: &str, end: &str| {
        let from = text.find(begin).expect("it is there");
        let to = text.find(end).expect("it is there") + end.len();
        text[from..to].to_owned()
    };
    let reference = between("<ds:Reference", "</ds:Reference>");
    let transform = r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#;
    let hostile = [
        text.replace(&reference, ""),
        text.replace(&reference, &format!("{reference}{reference}")),
        text.replace(
            "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
        ),
        text.replace(
            transform,
            r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>"#,
        ),
        text.replace(transform, &transform.repeat(3)),
        text.replace("</ds:SignatureValue>", "</ds:SignatureValue><ds:Object/>"),
        text.replace(
            "</ds:SignatureValue>",
            "</ds:SignatureValue><ds:KeyInfo/><ds:KeyInfo/>",
        ),
        text.replace("<ds:SignatureValue>", "<ds:Manifest/><ds:SignatureValue>"),
    ];
    for (number, document) in (1..).zip(hostile) {
        assert!(verdict(&document).is_err(), "shape {number}");
    }
}

#[test]
fn an_identifier_has_one_meaning() {
    let text = signed();
    for other in ["ID", "Id", "id", "xml:id"] {
        let twice = text.replace("<saml:Issuer>", &format!("<saml:Issuer {other}=\"_r1\">"));
        assert_eq!(opening(&twice), ReadError::Xml(XmlError::DuplicateId), "{other}");
    }
}

#[test]
fn a_bad_signature_is_refused_where_none_is_needed() {
    let changed = signed().replace(ACS, "https://evil.example/");
    let refused = authenticate(posted(&changed), &provider(), Required::No).map(|_| ());
    assert_eq!(refused, Err(SignatureError::Digest));
}

#[test]
fn comments_do_not_cut_names() {
    let cut = authn_request("", "").replace(SP, "https://sp.example/metadata<!-- -->.evil.example");
    assert_eq!(opening(&cut), ReadError::Xml(XmlError::Comment));
}

#[test]
fn documents_with_more_than_elements_are_not_opened() {
    let plain = authn_request("", "");
    let external = format!(
        "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}",
        plain.replace(SP, "&x;")
    );
    let laughs = format!(
        "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;\">]>{}",
        plain.replace(SP, "&c;")
    );
    let flood = (0..65).fold(String::new(), |all, number| format!("{all} a{number}=\"\""));
    let nested = format!(
        "{}{}",
        "<samlp:Extensions>".repeat(40),
        "</samlp:Extensions>".repeat(40)
    );
    let cases = [
        (external, XmlError::DocumentType),
        (laughs, XmlError::DocumentType),
        (format!("<!DOCTYPE r>{plain}"), XmlError::DocumentType),
        (plain.replace(SP, "&x;"), XmlError::Entity),
        (format!("<?evil do?>{plain}"), XmlError::ProcessingInstruction),
        (
            format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{plain}"),
            XmlError::Encoding,
        ),
        (authn_request(&flood, ""), XmlError::TooManyAttributes),
        (authn_request("", &nested), XmlError::TooDeep),
        (plain.replace("</saml:Issuer>", ""), XmlError::Malformed),
        (format!("{plain}{plain}"), XmlError::DuplicateId),
        (plain.replace("xmlns:saml=", "xmlns:other="), XmlError::Malformed),
        ("nothing".to_owned(), XmlError::Malformed),
    ];
    for (document, error) in cases {
        let found = opening(&document);
        let wanted = ReadError::Xml(error);
        let malformed = ReadError::Xml(XmlError::Malformed);
        assert!(
            found == wanted || (error == XmlError::DuplicateId && found == malformed),
            "{found:?} for {wanted:?}"
        );
    }
}

#[test]
fn a_document_that_is_too_large_is_not_taken() {
    let large = authn_request("", &" ".repeat(64 * 1024));
    let value: String = form_urlencoded::byte_serialize(BASE64.encode(large.as_bytes()).as_bytes()).collect();
    let refused = Received::from_form(&format!("SAMLRequest={value}"));
    assert_eq!(refused, Err(BindingError::TooLarge));
}

#[test]
fn a_bomb_is_given_up_at_the_limit() {
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; 10 * 1024 * 1024], 9);
    assert!(bomb.len() < 12 * 1024);
    let value: String = form_urlencoded::byte_serialize(BASE64.encode(&bomb).as_bytes()).collect();
    let refused = Received::from_query(&format!("SAMLRequest={value}"));
    assert_eq!(refused, Err(BindingError::TooLarge));
}

#[test]
fn a_signed_request_names_the_endpoint_that_it_is_for() {
    let elsewhere = signed_with(&usual_template(), &SP_KEY);
    assert!(elsewhere.contains(SSO));
    let message = authenticate(posted(&elsewhere), &provider(), Required::Yes).expect("signed");
    assert!(message.is_signed());
}

#[test]
fn every_key_of_a_provider_is_tried() {
    let mut provider = provider();
    provider.signing = [&STRANGER, &SP_KEY].map(|key| key.certificate.clone()).to_vec();
    assert!(authenticate(posted(&signed()), &provider, Required::Yes).is_ok());
    provider.signing.truncate(1);
    assert!(authenticate(posted(&signed()), &provider, Required::Yes).is_err());
}

#[test]
fn an_expired_certificate_is_a_key_all_the_same() {
    let mut provider = provider();
    let expired = crate::fixture::expired_certificate(&SP_KEY);
    assert!(expired.not_after() < crate::fixture::now());
    provider.signing = vec![expired];
    assert!(authenticate(posted(&signed()), &provider, Required::Yes).is_ok());
}
