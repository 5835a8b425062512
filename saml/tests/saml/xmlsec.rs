//! `xmlsec1`, an implementation of other people: it signs as a service provider does, and checks and decrypts what we issue.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::fixture::Key;

/// Where a document, its keys and its result lie.
pub(crate) struct Bench(TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    fn run(&self, arguments: &[&str], document: &Path) -> Result<String, String> {
        let output = self.0.path().join("output.xml");
        let result = Command::new("xmlsec1")
            .args(arguments)
            .arg("--output")
            .arg(&output)
            .arg(document)
            .output()
            .expect("xmlsec1 is installed (tests/run installs it)");
        if result.status.success() {
            Ok(fs::read_to_string(&output).unwrap_or_default())
        } else {
            Err(String::from_utf8_lossy(&result.stderr).into_owned())
        }
    }

    /// Signs the template in a document.
    pub(crate) fn sign(&self, template: &str, root: &str, key: &Key) -> String {
        let document = self.write("template.xml", template);
        let key = self.write("key.pem", &key.pem());
        let key = key.to_str().expect("a path");
        self.run(&["--sign", "--privkey-pem", key, "--id-attr:ID", root], &document)
            .expect("a signature")
    }

    /// Checks the signature that an element has as its child.
    pub(crate) fn verify(&self, document: &str, element: &str, key: &Key) -> Result<(), String> {
        let document = self.write("document.xml", document);
        let certificate = self.write("certificate.pem", &key.certificate_pem());
        let (namespace, name) = element.rsplit_once(':').expect("a namespace and a name");
        let path = format!(
            "//*[local-name()='{name}' and namespace-uri()='{namespace}']/*[local-name()='Signature']"
        );
        let certificate = certificate.to_str().expect("a path");
        let arguments = [
            "--verify",
            "--pubkey-cert-pem",
            certificate,
            "--id-attr:ID",
            element,
            "--node-xpath",
            &path,
        ];
        let mut arguments = arguments.to_vec();
        for other in [RESPONSE, ASSERTION] {
            arguments.extend(["--id-attr:ID", other]);
        }
        self.run(&arguments, &document).map(|_| ())
    }

    /// Decrypts what is encrypted in a document.
    pub(crate) fn decrypt(&self, document: &str, key: &Key) -> Result<String, String> {
        let document = self.write("encrypted.xml", document);
        let key = self.write("key.pem", &key.pem());
        let key = key.to_str().expect("a path");
        let node = "http://www.w3.org/2001/04/xmlenc#:EncryptedData";
        self.run(
            &["--decrypt", "--privkey-pem", key, "--node-name", node],
            &document,
        )
    }
}

pub(crate) const REQUEST: &str = "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest";
pub(crate) const RESPONSE: &str = "urn:oasis:names:tc:SAML:2.0:protocol:Response";
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";

/// A signature to be filled in, with a method, a digest and an identifier.
pub(crate) fn template(signature: &str, digest: &str, reference: &str) -> String {
    format!(
        r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="{signature}"/><ds:Reference URI="{reference}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"#
    )
}

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A template with the usual algorithms for `_r1`.
pub(crate) fn usual_template() -> String {
    template(RSA_SHA256, SHA256, "#_r1")
}
