//! Responses with eight attributes, as a service provider gets them.

use ::saml::provider::{ContentEncryption, KeyTransport};
use ::saml::response::{
    AssertionFacts, Attribute, Content, EncryptionChoice, ResponseFacts, assertion, encrypt, response,
};
use ::saml::signature::Draft;
use ::saml::{EntityId, MessageId, NameId, NameIdFormat, SessionIndex, Status};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use idp_types::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::key::{Key, Kind};
use crate::cryptography::time;
use crate::error::LoadError;

const ACS: &str = "https://sp.example/acs";
const SP: &str = "https://sp.example/metadata";

/// The forms of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    /// The assertion is signed: one signature.
    Assertion,
    /// Assertion and response are signed: the default, two signatures.
    Both,
    /// The assertion is signed and encrypted to RSA-2048, the response is signed.
    Encrypted,
}

impl Form {
    const ALL: [Self; 3] = [Self::Assertion, Self::Both, Self::Encrypted];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion signed",
            Self::Both => "both signed",
            Self::Encrypted => "both signed, encrypted",
        }
    }

    const fn signatures(self) -> f64 {
        match self {
            Self::Assertion => 1.0,
            Self::Both | Self::Encrypted => 2.0,
        }
    }
}

/// What one form costs, in microseconds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Issued {
    pub(super) kind: Kind,
    pub(super) form: Form,
    /// Everything but signatures: writing, digests, encryption.
    pub(super) xml: f64,
    /// The signatures.
    pub(super) signature: f64,
    /// The response as it is issued, measured as a whole.
    pub(super) whole: f64,
}

impl Issued {
    pub(super) fn per_second(&self) -> f64 {
        1e6 / self.whole
    }
}

struct Bench {
    key: Key,
    recipient: Key,
    issuer: EntityId,
    ids: [MessageId; 3],
    session: SessionIndex,
    name_id: NameId,
    attributes: Vec<Attribute>,
    now: Timestamp,
}

/// Measures every form with one kind of key.
///
/// # Errors
/// [`LoadError::Cryptography`] when a primitive does not work.
pub(super) fn measure(kind: Kind) -> Result<Vec<Issued>, LoadError> {
    let bench = Bench::new(kind)?;
    let sample = vec![b'a'; 700];
    let signature = time(|| bench.key.sign(&sample).is_some())?;
    let still = vec![7; bench.key.signature_length()];
    let mut all = Vec::new();
    for form in Form::ALL {
        all.push(Issued {
            kind,
            form,
            xml: time(|| bench.issue(form, &|_| Some(still.clone())).is_some())?,
            signature: signature * form.signatures(),
            whole: time(|| bench.issue(form, &|octets| bench.key.sign(octets)).is_some())?,
        });
    }
    Ok(all)
}

fn attribute(number: usize) -> Attribute {
    Attribute {
        name: format!("urn:oid:1.3.6.1.4.1.51528.3.{number}"),
        name_format: Some(::saml::ATTRIBUTE_NAME_URI.to_owned()),
        friendly_name: Some(format!("attribute{number}")),
        values: vec!["Jeanne d'Arc & Co. <Orléans>".to_owned()],
    }
}

impl Bench {
    fn new(kind: Kind) -> Result<Self, LoadError> {
        let id = |text: &str| MessageId::parse(text).map_err(|_| LoadError::Cryptography);
        Ok(Self {
            key: Key::new(kind)?,
            recipient: Key::new(Kind::Rsa2048)?,
            issuer: EntityId::parse("https://seal.example/saml/metadata")
                .map_err(|_| LoadError::Cryptography)?,
            ids: [
                id("_5d2f0c3a9be1467f8a25c0d17e4b6a9f3c8e1d20")?,
                id("_a81c44f2e07b4d3f9c6612ab5ed0971f3d6e88c4")?,
                id("_0b7e9d15c3a24f6e8d417fa2c95b30e6d8174c5a")?,
            ],
            session: SessionIndex::parse("_63d1f0a2").map_err(|_| LoadError::Cryptography)?,
            name_id: NameId {
                value: "vIVU_fxp65EnYkvWmHar8maZhhGvRoM11nW_ZVVPGqE".to_owned(),
                format: Some(NameIdFormat::Persistent.uri().to_owned()),
                name_qualifier: None,
                sp_name_qualifier: Some(SP.to_owned()),
            },
            attributes: (1..=8).map(attribute).collect(),
            now: Timestamp::from_unix_seconds(1_800_000_000),
        })
    }

    fn issue(&self, form: Form, sign: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Option<String> {
        let seal = |draft: Draft| {
            let prepared = draft.prepare(self.key.algorithm(), Some(&self.key.certificate));
            let signature = sign(prepared.octets())?;
            Some(prepared.complete(&signature))
        };
        let [response_id, assertion_id, request_id] = &self.ids;
        let facts = AssertionFacts {
            id: assertion_id,
            now: self.now,
            issuer: &self.issuer,
            audiences: &[SP],
            recipient: ACS,
            in_response_to: Some(request_id),
            name_id: Some(&self.name_id),
            authn_instant: self.now,
            session_index: &self.session,
            session_not_on_or_after: None,
            context_class: "urn:idtokenseal:acr:oob-high",
            attributes: &self.attributes,
        };
        let signed = seal(assertion(&facts).ok()?)?;
        let encrypted = (form == Form::Encrypted).then(|| self.encrypted(&signed));
        let content = match &encrypted {
            None => Content::Assertion(&signed),
            Some(encrypted) => Content::Encrypted(encrypted.as_deref()?),
        };
        let draft = response(&ResponseFacts {
            id: response_id,
            now: self.now,
            issuer: &self.issuer,
            destination: ACS,
            in_response_to: Some(request_id),
            status: &Status::SUCCESS,
            content,
        });
        match form {
            Form::Assertion => Some(draft.ok()?.unsigned()),
            Form::Both | Form::Encrypted => seal(draft.ok()?),
        }
    }

    fn encrypted(&self, assertion: &str) -> Option<String> {
        let choice = EncryptionChoice {
            certificate: &self.recipient.certificate,
            content: ContentEncryption::Aes256Gcm,
            transport: KeyTransport::RsaOaepMgf1p,
        };
        let mut key = Zeroizing::new(vec![0; choice.content.key_length()]);
        let mut nonce = [0; 12];
        rand::fill(&mut key).ok()?;
        rand::fill(&mut nonce).ok()?;
        let prepared = encrypt(assertion, &choice, &key, nonce).ok()?;
        let public = PublicEncryptingKey::from_der(choice.certificate.key()).ok()?;
        let public = OaepPublicEncryptingKey::new(public).ok()?;
        let mut wrapped = vec![0; public.ciphertext_size()];
        let length = public
            .encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut wrapped, None)
            .ok()?
            .len();
        Some(prepared.complete(wrapped.get(..length)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_of_their_form() {
        let bench = Bench::new(Kind::P256).unwrap();
        let issue = |form| bench.issue(form, &|octets| bench.key.sign(octets)).unwrap();
        let count = |text: &str, part: &str| text.matches(part).count();
        assert_eq!(count(&issue(Form::Assertion), "<ds:Signature xmlns"), 1);
        assert_eq!(count(&issue(Form::Both), "<ds:Signature xmlns"), 2);
        let encrypted = issue(Form::Encrypted);
        assert!(encrypted.contains("EncryptedAssertion") && !encrypted.contains("Orl"));
        assert_eq!(count(&encrypted, "<ds:Signature xmlns"), 1);
        assert_eq!(count(&issue(Form::Both), "<saml:AttributeValue>"), 8);
    }
}
