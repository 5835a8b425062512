//! A service provider of a test's own: its keys, its record, its messages.

use std::process::Command;

use data_encoding::BASE64;
use idp_store::{Change, Commit, Version};
use idp_types::ServiceId;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use saml::EntityId;
use saml::binding::{Binding, Direction, RedirectDraft, RelayState};
use saml::provider::{
    AttributeRule, AttributeSource, ConsumerService, LogoutService, Policy, ServiceProvider, Source,
};
use saml::signature::{Certificate, SigningAlgorithm};
use serde_json::Value;
use tests::web::{hidden_fields, location};
use tests::{Answer, Call, Invented, Phone, Registration, TestServer, Web, fresh};

pub(crate) const ACS: &str = "https://sp.example/acs";
pub(crate) const SLO: &str = "https://sp.example/slo";

/// An RSA key with its self-signed certificate.
pub(crate) struct Key {
    pair: KeyPair,
    pub(crate) certificate: Certificate,
}

impl Key {
    pub(crate) fn new() -> Self {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let params = CertificateParams::new(vec!["sp.example".to_owned()]).unwrap();
        let certificate = params.self_signed(&pair).unwrap();
        Self {
            certificate: Certificate::from_der(certificate.der()).unwrap(),
            pair,
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.pair.serialize_pem()
    }

    pub(crate) fn sign(&self, octets: &[u8]) -> Vec<u8> {
        self.pair.sign(octets).unwrap()
    }

    /// Signs a document of ours with `xmlsec1`, as its template says, or as SAML prescribes.
    pub(crate) fn sign_xml(&self, xml: &str, root: &str) -> String {
        let template = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
            <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
            <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
            <ds:Reference URI=\"#ID\"><ds:Transforms>\
            <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
            <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
            <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/>\
            </ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>";
        let id = between(xml, " ID=\"", "\"");
        let at = xml.find("</saml:Issuer>").unwrap() + "</saml:Issuer>".len();
        let mut text = xml.to_owned();
        text.insert_str(at, &template.replace("#ID", &format!("#{id}")));
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("key.pem"), self.pem()).unwrap();
        std::fs::write(place("document.xml"), text).unwrap();
        let done = Command::new("xmlsec1")
            .args(["--sign", "--id-attr:ID", root, "--privkey-pem"])
            .arg(place("key.pem"))
            .arg("--output")
            .arg(place("signed.xml"))
            .arg(place("document.xml"))
            .output()
            .expect("the package xmlsec1");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read_to_string(place("signed.xml")).unwrap()
    }
}

/// A server, a phone, and a service provider that the server knows.
pub(crate) struct Scene {
    pub(crate) server: TestServer,
    pub(crate) phone: Phone,
    pub(crate) key: Key,
    pub(crate) provider: ServiceProvider,
}

impl Scene {
    /// With ECDSA, which is made in no time; names and adulthood are told.
    pub(crate) async fn start() -> Self {
        Self::start_with(|provider| provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256).await
    }

    /// With a record that the test changes.
    pub(crate) async fn start_with(change: impl FnOnce(&mut ServiceProvider)) -> Self {
        let server = TestServer::start().await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        let key = Key::new();
        let service = Registration::public().register(&server).await;
        let mut provider = record("https://sp.example/metadata", &service.id, &key);
        change(&mut provider);
        register(&server, &provider).await;
        Self {
            server,
            phone,
            key,
            provider,
        }
    }

    /// A further service provider.
    pub(crate) async fn further(
        &self,
        entity_id: &str,
        change: impl FnOnce(&mut ServiceProvider),
    ) -> ServiceProvider {
        let service = Registration::public().register(&self.server).await;
        let mut provider = record(entity_id, &service.id, &self.key);
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        change(&mut provider);
        register(&self.server, &provider).await;
        provider
    }

    pub(crate) fn web(&self) -> Web {
        Web::new(&self.server)
    }

    /// An unsigned request with attributes and children of the test's own.
    pub(crate) fn request(&self, attributes: &str, children: &str) -> String {
        self.request_of(&self.provider, attributes, children)
    }

    pub(crate) fn request_of(&self, provider: &ServiceProvider, attributes: &str, children: &str) -> String {
        self.message("AuthnRequest", "/saml/sso", provider, (attributes, children))
    }

    /// A message of a service provider to a place of ours.
    pub(crate) fn message(
        &self,
        name: &str,
        place: &str,
        provider: &ServiceProvider,
        (attributes, children): (&str, &str),
    ) -> String {
        let id = fresh("_r");
        let now = self.server.now().to_rfc3339();
        let destination = format!("{}{place}", self.server.issuer);
        let issuer = provider.entity_id.as_str();
        format!(
            "<samlp:{name} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{now}\" \
             Destination=\"{destination}\" {attributes}><saml:Issuer>{issuer}</saml:Issuer>{children}</samlp:{name}>"
        )
    }

    /// The path of a message by Redirect, signed by the provider's key.
    pub(crate) fn signed_redirect(&self, place: &str, xml: &str, direction: Direction) -> String {
        let draft = RedirectDraft::new(place, direction, xml, None);
        let prepared = draft.prepare(SigningAlgorithm::RsaSha256);
        let signature = self.key.sign(prepared.octets());
        prepared.complete(&signature)
    }

    /// Logs in by Redirect; the answer.
    pub(crate) async fn login(&self, web: &mut Web, xml: &str) -> Response {
        let path = redirect("/saml/sso", xml, Some("here & there"));
        Response::of(&web.login(&path, &self.phone).await)
    }

    /// Posts a request and comes back for it: where the browser is then.
    pub(crate) async fn post(&self, web: &mut Web, place: &str, xml: &str) -> Answer {
        let value = BASE64.encode(xml.as_bytes());
        self.post_value(web, place, &value).await
    }

    pub(crate) async fn post_value(&self, web: &mut Web, place: &str, value: &str) -> Answer {
        let fields = [("SAMLRequest", value), ("RelayState", "here & there")];
        let parked = web.send_form(place, &fields, "cross-site").await;
        web.open(&location(&parked)).await
    }

    /// The phone approves on a login page, and the browser goes on.
    pub(crate) async fn approve(&self, web: &mut Web, page: &str) -> Answer {
        web.start(page, self.phone.wallet.identity().token_id.as_str())
            .await;
        self.phone.approve(&self.phone.only().await).await.expect(200);
        web.submit(&format!("{page}/continue")).await
    }

    /// The reasons of refusals that were recorded.
    pub(crate) async fn refusals(&self) -> Vec<Value> {
        let answer = self
            .server
            .administer(Call::get("/admin/audit?event=SAML_REFUSE&limit=100"))
            .await;
        let found = answer.expect(200);
        let rows = found["items"].as_array().or(found["records"].as_array());
        rows.unwrap_or_else(|| panic!("{found}")).clone()
    }
}

fn record(entity_id: &str, service_id: &str, key: &Key) -> ServiceProvider {
    let sources = [
        AttributeSource::GivenName,
        AttributeSource::FamilyName,
        AttributeSource::AgeOver18,
        AttributeSource::PairwiseId,
    ];
    ServiceProvider {
        entity_id: EntityId::parse(entity_id).unwrap(),
        service_id: ServiceId::parse(service_id).unwrap(),
        display_name: "A service provider".to_owned(),
        consumers: vec![consumer(0, Binding::Post, ACS)],
        logout: vec![service(Binding::Redirect, SLO)],
        signing: vec![key.certificate.clone()],
        encryption: Vec::new(),
        authn_requests_signed: false,
        want_assertions_signed: false,
        name_id_formats: Vec::new(),
        attribute_services: Vec::new(),
        policy: Policy {
            attributes: sources.into_iter().filter_map(AttributeRule::standard).collect(),
            ..Policy::default()
        },
        source: Source::default(),
    }
}

pub(crate) fn consumer(index: u16, binding: Binding, location: &str) -> ConsumerService {
    ConsumerService {
        index,
        binding,
        location: location.to_owned(),
        is_default: index == 0,
    }
}

pub(crate) fn service(binding: Binding, location: &str) -> LogoutService {
    LogoutService {
        binding,
        location: location.to_owned(),
        response_location: None,
    }
}

pub(crate) async fn register(server: &TestServer, provider: &ServiceProvider) {
    let change = Change::PutServiceProvider {
        provider: Box::new(provider.clone()),
        expected: Version(0),
    };
    let commit = Commit {
        changes: vec![change],
        audit: Vec::new(),
    };
    server.app.durable.commit(commit).await.unwrap();
}

/// What a page posts to a service provider.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// As it travels.
    pub(crate) value: String,
    pub(crate) xml: String,
    pub(crate) action: String,
    pub(crate) relay_state: Option<String>,
}

impl Response {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        let page = answer.text();
        assert_eq!(answer.status, 200, "{page}");
        let fields = hidden_fields(&page);
        let field = |name: &str| {
            let found = fields.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone())
        };
        let value = field("SAMLResponse").unwrap_or_else(|| panic!("{page}"));
        let xml = BASE64.decode(value.as_bytes()).unwrap();
        Self {
            xml: String::from_utf8(xml).unwrap(),
            action: tests::web::unescaped(between(&page, "action=\"", "\"")),
            relay_state: field("RelayState"),
            value,
        }
    }

    /// The second status code of a refusal, at the registered address.
    #[track_caller]
    pub(crate) fn refusal(&self) -> &str {
        assert!(!self.xml.contains("<saml:Assertion"), "{}", self.xml);
        assert_eq!(self.action, ACS);
        let codes: Vec<&str> = self.xml.split("status:").skip(1).collect();
        let code = codes.get(1).expect("a second code");
        code.split('"').next().unwrap()
    }

    /// What follows the name of an element.
    #[track_caller]
    fn after(&self, element: &str) -> &str {
        let begun = [' ', '>'].map(|end| format!("<{element}{end}"));
        let at = begun.iter().filter_map(|begun| self.xml.find(begun)).min();
        let at = at.unwrap_or_else(|| panic!("no {element} in {}", self.xml));
        &self.xml[at + element.len() + 1..]
    }

    /// The text of an element.
    #[track_caller]
    pub(crate) fn text(&self, element: &str) -> &str {
        between(self.after(element), ">", "<")
    }

    /// An attribute of an element.
    #[track_caller]
    pub(crate) fn attribute(&self, element: &str, name: &str) -> &str {
        between(
            between(self.after(element), "", ">"),
            &format!(" {name}=\""),
            "\"",
        )
    }

    /// The value of an attribute that is told.
    pub(crate) fn told(&self, friendly_name: &str) -> Option<&str> {
        let (_, rest) = self
            .xml
            .split_once(&format!("FriendlyName=\"{friendly_name}\""))?;
        Some(between(rest, "<saml:AttributeValue>", "<"))
    }
}

/// What stands between two texts.
#[track_caller]
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after)
        .unwrap_or_else(|| panic!("no {after} in {rest}"))
        .0
}

/// Whether `xmlsec1` finds the signature of the element with this ID good.
pub(crate) fn xmlsec_verifies(xml: &str, root: &str, certificate: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let lines: Vec<&str> = certificate
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    );
    std::fs::write(place("certificate.pem"), pem).unwrap();
    std::fs::write(place("document.xml"), xml).unwrap();
    let path = format!("/*[local-name()='{root}']/*[local-name()='Signature']");
    let done = Command::new("xmlsec1")
        .args(["--verify"])
        .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response"])
        .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"])
        .args([
            "--id-attr:ID",
            "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
        ])
        .args(["--node-xpath", &format!("/{path}"), "--pubkey-cert-pem"])
        .arg(place("certificate.pem"))
        .arg(place("document.xml"))
        .output()
        .expect("the package xmlsec1");
    done.status.success()
}

/// Our metadata, and the certificates in it.
pub(crate) async fn metadata(server: &TestServer) -> (String, Vec<String>) {
    let answer = server.send(Call::get("/saml/metadata")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let role = text.split_once("<md:IDPSSODescriptor").unwrap().1;
    let certificates = role
        .split("<ds:X509Certificate>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned());
    let certificates = certificates.collect();
    (text, certificates)
}

/// The path of a request by Redirect, unsigned.
pub(crate) fn redirect(place: &str, xml: &str, relay_state: Option<&str>) -> String {
    let relay_state = relay_state.map(|text| RelayState::parse(text).unwrap());
    RedirectDraft::new(place, Direction::Request, xml, relay_state.as_ref()).unsigned()
}
