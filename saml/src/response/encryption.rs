//! `saml:EncryptedAssertion` (Core 2.3.4, XML Encryption 1.1). The shell supplies the randomness and wraps the key.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use zeroize::Zeroizing;

use crate::names::{ds, saml, xenc, xenc11};
use crate::provider::{ContentEncryption, EncryptWhen, EncryptionKey, KeyTransport, ServiceProvider};
use crate::signature::{Certificate, KeyKind};
use crate::xml::{Writer, base64};

/// Why an assertion is not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// It must be, and the provider has no RSA key to encrypt to.
    #[error("the service provider has no key to encrypt to")]
    NoKey,
    /// The content key is not of the length of the method.
    #[error("the content key has the wrong length")]
    KeyLength,
}

/// How an assertion is encrypted for one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionChoice<'a> {
    /// To whom.
    pub certificate: &'a Certificate,
    /// The content.
    pub content: ContentEncryption,
    /// The key.
    pub transport: KeyTransport,
}

/// Chooses: what the operator says, then what the metadata names, then what everybody reads (IIP-MD08, IIP-MD10).
///
/// # Errors
/// [`EncryptionError::NoKey`] when it must be encrypted and cannot.
pub fn choose_encryption(
    provider: &ServiceProvider,
) -> Result<Option<EncryptionChoice<'_>>, EncryptionError> {
    let policy = provider.policy.encryption;
    if policy.when == EncryptWhen::Never {
        return Ok(None);
    }
    let key = provider
        .encryption
        .iter()
        .find(|key| key.certificate.kind() == KeyKind::Rsa);
    match key {
        Some(key) => Ok(Some(EncryptionChoice {
            certificate: &key.certificate,
            content: policy.content.unwrap_or_else(|| content(key)),
            transport: policy.transport.unwrap_or_else(|| transport(key)),
        })),
        None if policy.when == EncryptWhen::Required => Err(EncryptionError::NoKey),
        None => Ok(None),
    }
}

/// The first method of ours that the key names.
fn content(key: &EncryptionKey) -> ContentEncryption {
    let named = |method: &ContentEncryption| key.methods.iter().any(|uri| uri == method.uri());
    ContentEncryption::ALL.into_iter().find(named).unwrap_or_default()
}

fn transport(key: &EncryptionKey) -> KeyTransport {
    let named = |method: &KeyTransport| key.methods.iter().any(|uri| uri == method.uri());
    KeyTransport::ALL.into_iter().find(named).unwrap_or_default()
}

/// An encrypted assertion that waits for its wrapped key.
#[derive(Debug, Clone)]
#[must_use]
pub struct PreparedEncryption {
    content: ContentEncryption,
    transport: KeyTransport,
    cipher_value: Vec<u8>,
}

/// Encrypts an assertion. `key` is fresh random octets of [`ContentEncryption::key_length`], `nonce` twelve more.
///
/// # Errors
/// [`EncryptionError::KeyLength`] when the key has another length.
pub fn encrypt(
    assertion: &str,
    choice: &EncryptionChoice<'_>,
    key: &Zeroizing<Vec<u8>>,
    nonce: [u8; 12],
) -> Result<PreparedEncryption, EncryptionError> {
    let sealed = match choice.content {
        ContentEncryption::Aes256Gcm => Aes256Gcm::new_from_slice(key)
            .ok()
            .and_then(|cipher| cipher.encrypt(&nonce.into(), assertion.as_bytes()).ok()),
        ContentEncryption::Aes128Gcm => Aes128Gcm::new_from_slice(key)
            .ok()
            .and_then(|cipher| cipher.encrypt(&nonce.into(), assertion.as_bytes()).ok()),
    };
    let mut cipher_value = nonce.to_vec();
    cipher_value.extend(sealed.ok_or(EncryptionError::KeyLength)?);
    Ok(PreparedEncryption {
        content: choice.content,
        transport: choice.transport,
        cipher_value,
    })
}

impl PreparedEncryption {
    /// The element, once the content key is wrapped to the certificate by the chosen transport.
    pub fn complete(self, wrapped_key: &[u8]) -> String {
        const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
        let mut writer = Writer::new();
        writer.open(saml("EncryptedAssertion"), &[]);
        writer.open(xenc("EncryptedData"), &[("Type", Some(ELEMENT))]);
        let algorithm = [("Algorithm", Some(self.content.uri()))];
        writer.leaf(xenc("EncryptionMethod"), &algorithm, "");
        writer.open(ds("KeyInfo"), &[]);
        writer.open(xenc("EncryptedKey"), &[]);
        key_method(&mut writer, self.transport);
        cipher_data(&mut writer, wrapped_key);
        writer.close();
        writer.close();
        cipher_data(&mut writer, &self.cipher_value);
        writer.finish().unwrap_or_default()
    }
}

fn key_method(writer: &mut Writer, transport: KeyTransport) {
    let algorithm = |uri| [("Algorithm", Some(uri))];
    writer.open(xenc("EncryptionMethod"), &algorithm(transport.uri()));
    match transport {
        KeyTransport::RsaOaepMgf1p => {
            let sha1 = algorithm("http://www.w3.org/2000/09/xmldsig#sha1");
            writer.leaf(ds("DigestMethod"), &sha1, "");
        }
        KeyTransport::RsaOaep => {
            let sha256 = algorithm("http://www.w3.org/2001/04/xmlenc#sha256");
            writer.leaf(ds("DigestMethod"), &sha256, "");
            let mask = algorithm("http://www.w3.org/2009/xmlenc11#mgf1sha256");
            writer.leaf(xenc11("MGF"), &mask, "");
        }
    }
    writer.close();
}

fn cipher_data(writer: &mut Writer, value: &[u8]) {
    writer.open(xenc("CipherData"), &[]);
    writer.leaf(xenc("CipherValue"), &[], &base64(value));
    writer.close();
}
