//! What we issue, read and checked by `xmlsec1`.

use idp_types::ClaimSet;
use proptest::prelude::{ProptestConfig, any, proptest};
use saml::provider::{
    AttributeRule, AttributeSource, ContentEncryption, EncryptWhen, EncryptionKey, KeyTransport,
};
use saml::resolve::{ArtifactResponseFacts, artifact_response};
use saml::response::{
    AssertionFacts, Attribute, Content, Draft, EncryptionError, Released, ResponseFacts, assertion,
    choose_encryption, encrypt, name_person, read, release, response,
};
use saml::signature::{Certificate, SignatureError};
use saml::xml::WriteError;
use saml::{Detail, NameId, NameIdFormat, Status};
use zeroize::Zeroizing;

use crate::fixture::{
    ACS, IDP, IDP_EC_KEY, IDP_KEY, Key, Native, SP, SP_KEY, STRANGER, entity, id, now, provider,
    session_index,
};
use crate::xmlsec::{ASSERTION, Bench, RESPONSE};

const ARTIFACT_RESPONSE: &str = "urn:oasis:names:tc:SAML:2.0:protocol:ArtifactResponse";

fn name(value: &str) -> NameId {
    NameId {
        value: value.to_owned(),
        format: Some(NameIdFormat::Persistent.uri().to_owned()),
        name_qualifier: None,
        sp_name_qualifier: Some(SP.to_owned()),
    }
}

fn attribute(value: &str) -> Attribute {
    Attribute {
        name: "urn:oid:2.5.4.42".to_owned(),
        name_format: None,
        friendly_name: Some("givenName".to_owned()),
        values: vec![value.to_owned(), "second".to_owned()],
    }
}

fn signed_assertion(key: &Key, person: &str, value: &str) -> Result<String, WriteError> {
    Ok(key.seal(assertion_draft(person, value)?))
}

fn assertion_draft(person: &str, value: &str) -> Result<Draft, WriteError> {
    let facts = AssertionFacts {
        id: &id("_a1"),
        now: now(),
        issuer: &entity(IDP),
        audiences: &[SP],
        recipient: ACS,
        in_response_to: Some(&id("_r1")),
        name_id: Some(&name(person)),
        authn_instant: now().minus_seconds(30),
        session_index: &session_index("_s1"),
        session_not_on_or_after: None,
        context_class: "urn:idtokenseal:acr:oob-high",
        attributes: &[attribute(value)],
    };
    assertion(&facts)
}

fn signed_response(key: &Key, content: Content<'_>, status: &Status) -> String {
    let facts = ResponseFacts {
        id: &id("_p1"),
        now: now(),
        issuer: &entity(IDP),
        destination: ACS,
        in_response_to: Some(&id("_r1")),
        status,
        content,
    };
    key.seal(response(&facts).expect("a response"))
}

#[test]
fn both_signatures_verify_with_both_kinds_of_keys() {
    for key in [&*IDP_KEY, &*IDP_EC_KEY] {
        let assertion = signed_assertion(key, "anna", "Änne & <co>").expect("an assertion");
        let text = signed_response(key, Content::Assertion(&assertion), &Status::SUCCESS);
        let bench = Bench::new();
        bench
            .verify(&assertion, ASSERTION, key)
            .expect("the assertion alone");
        bench.verify(&text, RESPONSE, key).expect("the response");
        bench.verify(&text, ASSERTION, key).expect("the assertion inside");
        let changed = text.replace("anna", "berta");
        bench.verify(&changed, RESPONSE, key).expect_err("changed");
        bench.verify(&changed, ASSERTION, key).expect_err("changed");
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let draft = assertion_draft("anna & <co>", "Änne\r\n\t\"").expect("an assertion");
    let text = signed_response(&IDP_KEY, Content::Assertion(&draft.unsigned()), &Status::SUCCESS);
    let keys = [IDP_KEY.certificate.clone()];
    let response = read(&text, &keys, &Native).expect("a response");
    assert_eq!(
        (response.in_response_to, response.head.id),
        (Some(id("_r1")), id("_p1"))
    );
    assert_eq!(response.head.destination.as_deref(), Some(ACS));
    let read_back = response.assertion.expect("an assertion");
    assert_eq!(read_back.name_id, Some(name("anna & <co>")));
    assert_eq!(
        (read_back.audiences, read_back.recipient.as_deref()),
        (vec![SP.to_owned()], Some(ACS))
    );
    assert_eq!(read_back.not_on_or_after, Some(now().plus_seconds(300)));
    assert_eq!(read_back.attributes, [attribute("Änne\r\n\t\"")]);
    let changed = text.replace("anna", "berta");
    assert_eq!(
        read(&changed, &keys, &Native).err(),
        Some(SignatureError::Digest.into())
    );
    let stranger = [STRANGER.certificate.clone()];
    assert_eq!(
        read(&text, &stranger, &Native).err(),
        Some(SignatureError::Value.into())
    );
    let unsigned = signed_assertion(&IDP_KEY, "anna", "A").expect("an assertion");
    assert!(
        read(&unsigned, &keys, &Native).is_err(),
        "an assertion is no response"
    );
}

#[test]
fn an_assertion_has_all_that_the_profile_asks_for() {
    let text = signed_assertion(&IDP_KEY, "anna", "A").expect("an assertion");
    for part in [
        &format!("<saml:Issuer>{IDP}</saml:Issuer><ds:Signature"),
        &format!(
            "<saml:SubjectConfirmationData InResponseTo=\"_r1\" NotOnOrAfter=\"2026-01-15T12:05:00Z\" Recipient=\"{ACS}\">"
        ),
        &"<saml:Conditions NotBefore=\"2026-01-15T11:59:00Z\" NotOnOrAfter=\"2026-01-15T12:05:00Z\">"
            .to_owned(),
        &format!("<saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction>"),
        &"<saml:AuthnStatement AuthnInstant=\"2026-01-15T11:59:30Z\" SessionIndex=\"_s1\">".to_owned(),
        &"<saml:AuthnContextClassRef>urn:idtokenseal:acr:oob-high</saml:AuthnContextClassRef>".to_owned(),
        &"<saml:AttributeValue>A</saml:AttributeValue><saml:AttributeValue>second</saml:AttributeValue>"
            .to_owned(),
    ] {
        assert!(text.contains(part.as_str()), "{part}\n{text}");
    }
    assert!(!text.contains("xsi:") && !text.contains("/>"));
}

#[test]
fn a_status_explains_itself_and_carries_nothing() {
    let status = Status::responder(Detail::NoPassive, "asked & not allowed");
    let text = signed_response(&IDP_KEY, Content::Nothing, &status);
    Bench::new().verify(&text, RESPONSE, &IDP_KEY).expect("signed");
    assert!(text.contains(
        "status:Responder\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:NoPassive\">"
    ));
    assert!(text.contains("<samlp:StatusMessage>asked &amp; not allowed</samlp:StatusMessage>"));
    assert!(!text.contains("Assertion"));
}

#[test]
fn characters_that_xml_has_not_are_never_written() {
    for value in ["\0", "\u{1}", "\u{b}", "\u{fffe}", "\u{ffff}"] {
        assert_eq!(
            signed_assertion(&IDP_KEY, "anna", value),
            Err(WriteError::Character)
        );
        assert_eq!(signed_assertion(&IDP_KEY, value, "A"), Err(WriteError::Character));
    }
}

#[test]
fn an_artifact_response_and_what_it_carries_both_verify() {
    let inner = signed_response(&IDP_KEY, Content::Nothing, &Status::SUCCESS);
    let facts = ArtifactResponseFacts {
        id: &id("_ar1"),
        now: now(),
        issuer: &entity(IDP),
        in_response_to: &id("_r9"),
        status: &Status::SUCCESS,
        response: Some(&inner),
    };
    let text = IDP_KEY.seal(artifact_response(&facts).expect("an artifact response"));
    let envelope = saml::binding::soap_envelope(&text);
    let bench = Bench::new();
    bench
        .verify(&envelope, ARTIFACT_RESPONSE, &IDP_KEY)
        .expect("the outer");
    bench.verify(&envelope, RESPONSE, &IDP_KEY).expect("the inner");
}

/// What the shell does: wraps the content key to the certificate.
fn wrap(certificate: &Certificate, transport: KeyTransport, key: &[u8]) -> Vec<u8> {
    use aws_lc_rs::rsa::{
        OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
    };
    let public = PublicEncryptingKey::from_der(certificate.key()).expect("an RSA key");
    let public = OaepPublicEncryptingKey::new(public).expect("a key that encrypts");
    let algorithm = match transport {
        KeyTransport::RsaOaepMgf1p => &OAEP_SHA1_MGF1SHA1,
        KeyTransport::RsaOaep => &OAEP_SHA256_MGF1SHA256,
    };
    let mut wrapped = vec![0; public.ciphertext_size()];
    public
        .encrypt(algorithm, key, &mut wrapped, None)
        .expect("wrapped")
        .to_vec()
}

#[test]
fn an_encrypted_assertion_is_read_by_its_recipient_with_its_signature_whole() {
    let mut provider = provider();
    provider.policy.encryption.when = EncryptWhen::Required;
    assert_eq!(choose_encryption(&provider), Err(EncryptionError::NoKey));
    provider.encryption = vec![EncryptionKey {
        certificate: SP_KEY.certificate.clone(),
        methods: Vec::new(),
    }];
    for content in ContentEncryption::ALL {
        provider.policy.encryption.content = Some(content);
        let choice = choose_encryption(&provider).expect("possible").expect("chosen");
        assert_eq!(choice.transport, KeyTransport::RsaOaepMgf1p);
        let assertion = signed_assertion(&IDP_KEY, "anna", "Änne").expect("an assertion");
        let key = Zeroizing::new(vec![7; content.key_length()]);
        let prepared = encrypt(&assertion, &choice, &key, [3; 12]).expect("encrypted");
        let element = prepared.complete(&wrap(choice.certificate, choice.transport, &key));
        assert!(!element.contains("anna"));
        let text = signed_response(&IDP_KEY, Content::Encrypted(&element), &Status::SUCCESS);
        let bench = Bench::new();
        bench.verify(&text, RESPONSE, &IDP_KEY).expect("the response");
        let plain = bench.decrypt(&text, &SP_KEY).expect("the recipient reads it");
        assert!(plain.contains(">anna<") && !plain.contains("EncryptedData"));
        bench.verify(&plain, ASSERTION, &IDP_KEY).expect("the assertion");
    }
    let choice = choose_encryption(&provider).expect("possible").expect("chosen");
    let short = encrypt("x", &choice, &Zeroizing::new(vec![7; 5]), [3; 12]);
    assert_eq!(short.err(), Some(EncryptionError::KeyLength));
}

#[test]
fn encryption_follows_the_operator_then_the_metadata() {
    let mut provider = provider();
    let methods = [ContentEncryption::Aes128Gcm.uri(), KeyTransport::RsaOaep.uri()].map(str::to_owned);
    provider.encryption = vec![
        EncryptionKey {
            certificate: IDP_EC_KEY.certificate.clone(),
            methods: Vec::new(),
        },
        EncryptionKey {
            certificate: SP_KEY.certificate.clone(),
            methods: methods.to_vec(),
        },
    ];
    assert_eq!(choose_encryption(&provider), Ok(None));
    provider.policy.encryption.when = EncryptWhen::Possible;
    let choice = choose_encryption(&provider).expect("possible").expect("chosen");
    assert_eq!(choice.content, ContentEncryption::Aes128Gcm);
    assert_eq!(choice.transport, KeyTransport::RsaOaep);
    assert_eq!(choice.certificate, &SP_KEY.certificate);
    provider.policy.encryption.content = Some(ContentEncryption::Aes256Gcm);
    let choice = choose_encryption(&provider).expect("possible").expect("chosen");
    assert_eq!(choice.content, ContentEncryption::Aes256Gcm);
}

/// Rules of every kind.
fn rules() -> Vec<AttributeRule> {
    [
        AttributeSource::GivenName,
        AttributeSource::DateOfBirth,
        AttributeSource::AgeOver18,
        AttributeSource::TokenId,
        AttributeSource::PairwiseId,
        AttributeSource::SubjectId,
    ]
    .into_iter()
    .filter_map(AttributeRule::standard)
    .chain([
        AttributeRule::named(AttributeSource::Account, "mail"),
        AttributeRule::named(
            AttributeSource::Constant(vec!["a".to_owned(), "b".to_owned()]),
            "role",
        ),
    ])
    .collect()
}

#[test]
fn nothing_is_released_that_was_not_granted() {
    let mut claims = ClaimSet::default();
    claims.given_name = Some("Anna".to_owned());
    let released = Released {
        claims: &claims,
        token_id: None,
        pairwise: "x_Y",
        scope: "seal.example",
        account: None,
    };
    let attributes = release(&rules(), released);
    let names: Vec<&str> = attributes
        .iter()
        .map(|attribute| attribute.name.as_str())
        .collect();
    let pairwise = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
    assert_eq!(names, ["urn:oid:2.5.4.42", pairwise, "role"]);
    assert_eq!(attributes[0].values, ["Anna"]);
    let value = &attributes[1].values[0];
    let (identifier, scope) = value.split_once('@').expect("a scope");
    assert_eq!(scope, "seal.example");
    assert!(
        identifier
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    );
    assert_eq!(attributes[2].values, ["a", "b"]);
    assert_eq!(format!("{:?}", attributes[0]), "Attribute(urn:oid:2.5.4.42)");
    let public = release(
        &rules(),
        Released {
            token_id: Some("t"),
            account: Some("a@b.example"),
            ..released
        },
    );
    assert_eq!(public.len(), 6);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever a value is, what we sign is what `xmlsec1` canonicalises.
    #[test]
    fn every_value_is_written_in_canonical_form(person in any::<String>(), value in any::<String>(), tail in "[\r\n\t \"'<>&\u{85}\u{2028}\u{feff}]{0,8}") {
        let value = format!("{value}{tail}");
        if let Ok(assertion) = signed_assertion(&IDP_EC_KEY, &person, &value) {
            Bench::new().verify(&assertion, ASSERTION, &IDP_EC_KEY).expect("canonical");
        }
    }

    /// Whatever a name is, our own reader and signature check read what we write.
    #[test]
    fn every_name_comes_back(person in any::<String>()) {
        use saml::logout::{LogoutRequestFacts, logout_request};
        use saml::message::{Body, Required};
        use crate::fixture::{authenticate, posted, SLO};
        let facts = LogoutRequestFacts {
            id: &id("_l1"),
            now: now(),
            issuer: &entity(SP),
            destination: SLO,
            name_id: &name(&person),
            session_index: &session_index("_s1"),
        };
        if let Ok(draft) = logout_request(&facts) {
            let xml = SP_KEY.seal(draft);
            let message = authenticate(posted(&xml), &provider(), Required::Yes).expect("signed");
            let trimmed = person.trim_matches([' ', '\t', '\r', '\n']);
            match message.body() {
                Ok(Body::Logout(logout)) => assert_eq!(logout.name_id.value, trimmed),
                other => assert!(trimmed.is_empty() || trimmed.len() > 1024, "{other:?}"),
            }
        }
    }
}

#[test]
fn a_person_has_a_name_of_the_format_and_no_other() {
    let claims = ClaimSet::default();
    let mut provider = provider();
    let mut released = Released {
        claims: &claims,
        token_id: Some("token"),
        pairwise: "own",
        scope: "seal.example",
        account: None,
    };
    let issuer = entity(IDP);
    let name = |format, provider: &_, released| name_person(format, (&issuer, provider), released, "once");
    let persistent = name(NameIdFormat::Persistent, &provider, released).expect("a name");
    assert_eq!(persistent.value, "own");
    assert_eq!(persistent.name_qualifier.as_deref(), Some(IDP));
    assert_eq!(persistent.sp_name_qualifier.as_deref(), Some(SP));
    let transient = name(NameIdFormat::Transient, &provider, released).expect("a name");
    assert_eq!(
        (transient.value.as_str(), transient.name_qualifier),
        ("once", None)
    );
    for format in [NameIdFormat::EmailAddress, NameIdFormat::Unspecified] {
        let status = name(format, &provider, released).expect_err("no account");
        assert_eq!(status.detail, Some(Detail::InvalidNameIdPolicy));
    }
    released.account = Some("anna@sp.example");
    let address = name(NameIdFormat::EmailAddress, &provider, released).expect("a name");
    assert_eq!(address.value, "anna@sp.example");
    provider.policy.public_subject = true;
    let public = name(NameIdFormat::Persistent, &provider, released).expect("a name");
    assert_eq!(public.value, "token");
}
