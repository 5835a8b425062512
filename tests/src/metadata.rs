//! The metadata of a SAML service provider, signed by whoever is asked to, with `xmlsec1`.

use std::process::Command;

use data_encoding::BASE64;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};

const NAMES: &str = r#"xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui""#;

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

const SIGNATURE: &str = r##"<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_m1"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"##;

/// An RSA key with its self-signed certificate.
#[derive(Debug)]
pub struct SigningCertificate {
    key: KeyPair,
    der: Vec<u8>,
}

impl SigningCertificate {
    /// A new one, valid until 1 January of a year.
    pub fn until(year: i32) -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
        let mut params = CertificateParams::new(vec!["sp.example".to_owned()]).expect("parameters");
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            der: certificate.der().to_vec(),
            key,
        }
    }

    /// Base64 of its DER.
    pub fn base64(&self) -> String {
        BASE64.encode(&self.der)
    }

    /// Its private key, PKCS#8.
    pub fn private_key(&self) -> String {
        self.key.serialize_pem()
    }
}

/// What a service provider says of itself.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Its entityID.
    pub entity_id: String,
    /// Where responses are posted.
    pub consumers: Vec<String>,
    /// Where logout messages go, by Redirect.
    pub logout: Option<String>,
    /// What people know it as.
    pub name: Option<String>,
    /// Certificates, each for signing and encryption.
    pub certificates: Vec<String>,
    /// Attributes of its root, such as `validUntil`.
    pub attributes: String,
}

impl Metadata {
    /// A provider at `https://{host}`, with one consumer and nothing else.
    pub fn of(host: &str) -> Self {
        Self {
            entity_id: format!("https://{host}/metadata"),
            consumers: vec![format!("https://{host}/acs")],
            logout: None,
            name: None,
            certificates: Vec::new(),
            attributes: String::new(),
        }
    }

    /// The document.
    pub fn xml(&self) -> String {
        self.document("")
    }

    /// The document, signed.
    ///
    /// # Panics
    /// Where there is no `xmlsec1`: `tests/run` installs it.
    pub fn signed_by(&self, signer: &SigningCertificate) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("template.xml"), self.document(SIGNATURE)).expect("a file");
        std::fs::write(path("key.pem"), signer.private_key()).expect("a file");
        let output = Command::new("xmlsec1")
            .args(["--sign", "--privkey-pem"])
            .arg(path("key.pem"))
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
            ])
            .arg(path("template.xml"))
            .output()
            .expect("xmlsec1 is installed (tests/run installs it)");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("a document")
    }

    fn document(&self, signature: &str) -> String {
        let Self {
            entity_id,
            attributes,
            ..
        } = self;
        format!(
            "<md:EntityDescriptor {NAMES} entityID=\"{entity_id}\" ID=\"_m1\" {attributes}>{signature}\
             <md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{}\
             </md:SPSSODescriptor></md:EntityDescriptor>",
            self.role()
        )
    }

    fn role(&self) -> String {
        let name = self.name.iter().map(|name| {
            let name = format!("<mdui:DisplayName xml:lang=\"en\">{name}</mdui:DisplayName>");
            format!("<md:Extensions><mdui:UIInfo>{name}</mdui:UIInfo></md:Extensions>")
        });
        let keys = self.certificates.iter().map(|certificate| {
            let data =
                format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>");
            format!("<md:KeyDescriptor><ds:KeyInfo>{data}</ds:KeyInfo></md:KeyDescriptor>")
        });
        let logout = self.logout.iter().map(|location| {
            format!("<md:SingleLogoutService Binding=\"{REDIRECT}\" Location=\"{location}\"/>")
        });
        let consumers = self.consumers.iter().enumerate().map(|(index, location)| {
            format!(
                "<md:AssertionConsumerService Binding=\"{POST}\" Location=\"{location}\" index=\"{index}\"/>"
            )
        });
        name.chain(keys).chain(logout).chain(consumers).collect()
    }
}
