//! Preparing signatures: the octets that the shell signs, and the document once it has.

use sha2::{Digest, Sha256};

use super::algorithm::SigningAlgorithm;
use super::certificate::Certificate;
use crate::names::{ENVELOPED, EXCLUSIVE, ds};
use crate::xml::{Writer, base64};

const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A canonical document without its signature: what the signature is about.
#[derive(Debug, Clone)]
#[must_use]
pub struct Draft {
    /// The document.
    pub(crate) text: String,
    /// The `ID` of its root.
    pub(crate) id: String,
    /// Where in the text the schema wants the signature.
    pub(crate) signature_at: usize,
}

impl Draft {
    /// The document as it is, for where it goes unsigned or is signed from outside.
    pub fn unsigned(self) -> String {
        self.text
    }

    /// Computes what is to be signed. With a certificate, the signature carries it, as some service providers require.
    pub fn prepare(self, algorithm: SigningAlgorithm, certificate: Option<&Certificate>) -> Prepared {
        let digest = base64(&Sha256::digest(self.text.as_bytes()));
        let mut writer = Writer::new();
        signed_info(&mut writer, &self.id, algorithm, &digest);
        let signed_info = writer.finish().unwrap_or_default();
        Prepared {
            draft: self,
            signed_info,
            certificate: certificate.map(Certificate::to_base64),
        }
    }
}

/// A document that waits for its signature.
#[derive(Debug, Clone)]
#[must_use]
pub struct Prepared {
    draft: Draft,
    signed_info: String,
    certificate: Option<String>,
}

impl Prepared {
    /// What is signed: `ds:SignedInfo` in canonical form.
    pub fn octets(&self) -> &[u8] {
        self.signed_info.as_bytes()
    }

    /// The signed document. `signature` is the RSA signature, or `r || s`.
    pub fn complete(self, signature: &[u8]) -> String {
        let mut writer = Writer::new();
        writer.open(ds("Signature"), &[]);
        writer.embed(ds("SignedInfo"), &self.signed_info);
        writer.leaf(ds("SignatureValue"), &[], &base64(signature));
        if let Some(certificate) = &self.certificate {
            writer.open(ds("KeyInfo"), &[]);
            writer.open(ds("X509Data"), &[]);
            writer.leaf(ds("X509Certificate"), &[], certificate);
            writer.close();
            writer.close();
        }
        let element = writer.finish().unwrap_or_default();
        let mut text = self.draft.text;
        text.insert_str(self.draft.signature_at, &element);
        text
    }
}

fn signed_info(writer: &mut Writer, id: &str, algorithm: SigningAlgorithm, digest: &str) {
    let leaf = |writer: &mut Writer, name, uri: &str| writer.leaf(ds(name), &[("Algorithm", Some(uri))], "");
    writer.open(ds("SignedInfo"), &[]);
    leaf(writer, "CanonicalizationMethod", EXCLUSIVE);
    leaf(writer, "SignatureMethod", algorithm.uri());
    writer.open(ds("Reference"), &[("URI", Some(&format!("#{id}")))]);
    writer.open(ds("Transforms"), &[]);
    leaf(writer, "Transform", ENVELOPED);
    leaf(writer, "Transform", EXCLUSIVE);
    writer.close();
    leaf(writer, "DigestMethod", SHA256);
    writer.leaf(ds("DigestValue"), &[], digest);
    writer.close();
    writer.close();
}
