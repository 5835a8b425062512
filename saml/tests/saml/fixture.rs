//! Keys, a provider, and messages of it.

use std::sync::LazyLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, EcdsaKeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use data_encoding::BASE64;
use idp_types::{ServiceId, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SigningKey};
use saml::binding::{Binding, Received};
use saml::message::{Authenticated, Body, Message, Required};
use saml::provider::{ConsumerService, LogoutService, Policy, ServiceProvider, Source};
use saml::request::{AuthnRequest, CheckedRequest, Circumstances, Refusal, check};
use saml::response::Draft;
use saml::signature::{Certificate, SignatureAlgorithm, SignatureError, SigningAlgorithm, Verifier};
use saml::{EntityId, MessageId, SessionIndex};

pub(crate) const SP: &str = "https://sp.example/metadata";
pub(crate) const IDP: &str = "https://seal.example/saml/metadata";
pub(crate) const SSO: &str = "https://seal.example/saml/sso";
pub(crate) const SLO: &str = "https://seal.example/saml/slo";
pub(crate) const ACS: &str = "https://sp.example/acs";
pub(crate) const OTHER_ACS: &str = "https://sp.example/acs/other";

/// The time of all tests.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-01-15T12:00:00Z").expect("a time")
}

/// A key with its self-signed certificate.
pub(crate) struct Key {
    pair: KeyPair,
    pub(crate) certificate: Certificate,
}

impl Key {
    fn new(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let pair = KeyPair::generate_for(algorithm).expect("a key");
        let params = CertificateParams::new(vec!["key.example".to_owned()]).expect("parameters");
        let certificate = params.self_signed(&pair).expect("a certificate");
        Self {
            certificate: Certificate::from_der(certificate.der()).expect("a certificate"),
            pair,
        }
    }

    /// The private key for `xmlsec1`.
    pub(crate) fn pem(&self) -> String {
        self.pair.serialize_pem()
    }

    /// The certificate for `xmlsec1`.
    pub(crate) fn certificate_pem(&self) -> String {
        let body = self.certificate.to_base64();
        let lines: Vec<&str> = body
            .as_bytes()
            .chunks(64)
            .map(|line| str::from_utf8(line).expect("base64"))
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    }

    /// What the shell does: RSA, or `r || s`.
    pub(crate) fn sign(&self, octets: &[u8]) -> Vec<u8> {
        if self.algorithm() == SigningAlgorithm::RsaSha256 {
            return self.pair.sign(octets).expect("a signature");
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, self.pair.serialized_der());
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signature = pair.expect("a key").sign(&random, octets).expect("a signature");
        signature.as_ref().to_vec()
    }

    pub(crate) fn algorithm(&self) -> SigningAlgorithm {
        if self.pair.algorithm() == &PKCS_RSA_SHA256 {
            SigningAlgorithm::RsaSha256
        } else {
            SigningAlgorithm::EcdsaSha256
        }
    }

    /// A signed document.
    pub(crate) fn seal(&self, draft: Draft) -> String {
        let prepared = draft.prepare(self.algorithm(), Some(&self.certificate));
        let signature = self.sign(prepared.octets());
        prepared.complete(&signature)
    }
}

/// The service provider's key.
pub(crate) static SP_KEY: LazyLock<Key> = LazyLock::new(|| Key::new(&PKCS_RSA_SHA256));
/// The identity provider's keys.
pub(crate) static IDP_KEY: LazyLock<Key> = LazyLock::new(|| Key::new(&PKCS_RSA_SHA256));
pub(crate) static IDP_EC_KEY: LazyLock<Key> = LazyLock::new(|| Key::new(&PKCS_ECDSA_P256_SHA256));
/// Somebody else's.
pub(crate) static STRANGER: LazyLock<Key> = LazyLock::new(|| Key::new(&PKCS_RSA_SHA256));

/// What the shell does to check.
pub(crate) struct Native;

impl Verifier for Native {
    fn verify(&self, algorithm: SignatureAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let scheme: &'static dyn VerificationAlgorithm = match algorithm {
            SignatureAlgorithm::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
            SignatureAlgorithm::RsaSha384 => &RSA_PKCS1_2048_8192_SHA384,
            SignatureAlgorithm::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
            SignatureAlgorithm::EcdsaSha256 => &ECDSA_P256_SHA256_FIXED,
            SignatureAlgorithm::EcdsaSha384 => &ECDSA_P384_SHA384_FIXED,
            SignatureAlgorithm::EcdsaSha512 => return false,
        };
        UnparsedPublicKey::new(scheme, key)
            .verify(message, signature)
            .is_ok()
    }
}

pub(crate) fn entity(text: &str) -> EntityId {
    EntityId::parse(text).expect("an entity")
}

pub(crate) fn id(text: &str) -> MessageId {
    MessageId::parse(text).expect("an identifier")
}

pub(crate) fn session_index(text: &str) -> SessionIndex {
    SessionIndex::parse(text).expect("an index")
}

/// A provider with two consumers by POST, one by artifact and one for enhanced clients.
pub(crate) fn provider() -> ServiceProvider {
    let consumer = |index, binding, location: &str, is_default| ConsumerService {
        index,
        binding,
        location: location.to_owned(),
        is_default,
    };
    let logout = |binding, location: &str| LogoutService {
        binding,
        location: location.to_owned(),
        response_location: None,
    };
    ServiceProvider {
        entity_id: entity(SP),
        service_id: ServiceId::parse("sp").expect("a service"),
        display_name: "SP".to_owned(),
        consumers: vec![
            consumer(0, Binding::Post, OTHER_ACS, false),
            consumer(1, Binding::Post, ACS, true),
            consumer(2, Binding::Artifact, ACS, false),
            consumer(3, Binding::Paos, "https://sp.example/ecp", false),
        ],
        logout: vec![logout(Binding::Redirect, "https://sp.example/slo")],
        signing: vec![SP_KEY.certificate.clone()],
        encryption: Vec::new(),
        authn_requests_signed: false,
        want_assertions_signed: false,
        name_id_formats: Vec::new(),
        attribute_services: Vec::new(),
        policy: Policy::default(),
        source: Source::default(),
    }
}

/// An unsigned request with attributes and children of a test's own.
pub(crate) fn authn_request(attributes: &str, children: &str) -> String {
    let names = r#"xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion""#;
    format!(
        "<samlp:AuthnRequest {names} ID=\"_r1\" Version=\"2.0\" IssueInstant=\"2026-01-15T12:00:00Z\" \
         Destination=\"{SSO}\" {attributes}><saml:Issuer>{SP}</saml:Issuer>{children}</samlp:AuthnRequest>"
    )
}

/// By the POST binding.
pub(crate) fn posted(xml: &str) -> Received {
    let value: String = form_urlencoded::byte_serialize(BASE64.encode(xml.as_bytes()).as_bytes()).collect();
    Received::from_form(&format!("SAMLRequest={value}&RelayState=here")).expect("a form")
}

/// Opened and authenticated.
pub(crate) fn authenticate(
    received: Received,
    provider: &ServiceProvider,
    signed: Required,
) -> Result<Authenticated, SignatureError> {
    Message::open(received)
        .map_err(|_| SignatureError::Shape)?
        .authenticate(provider, signed, &Native)
}

/// The request in a posted document.
pub(crate) fn request(xml: &str) -> AuthnRequest {
    let message = authenticate(posted(xml), &provider(), Required::No).expect("authenticated");
    match message.body().expect("a body") {
        Body::Authn(request) => *request,
        other => panic!("another message: {other:?}"),
    }
}

/// The request, checked.
pub(crate) fn checked(xml: &str, provider: &ServiceProvider) -> Result<CheckedRequest, Refusal> {
    let circumstances = Circumstances {
        now: now(),
        own: &[SSO],
        binding: Binding::Post,
        is_signed: false,
        relay_state: None,
    };
    check(&request(xml), provider, circumstances)
}

/// A certificate of the same key that ended long ago.
pub(crate) fn expired_certificate(key: &Key) -> Certificate {
    let mut params = CertificateParams::new(vec!["old.example".to_owned()]).expect("parameters");
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let certificate = params.self_signed(&key.pair).expect("a certificate");
    Certificate::from_der(certificate.der()).expect("a certificate")
}
