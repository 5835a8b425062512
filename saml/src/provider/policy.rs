//! What an operator decides about a service provider.

use serde::{Deserialize, Serialize};

use super::attribute::AttributeRule;
use super::context::ContextRule;
use super::preset::Preset;
use crate::name_id::NameIdFormat;
use crate::signature::{SignatureAlgorithm, SigningAlgorithm};

/// What is signed. Both is what every service provider that was tried accepts (`saml.md` 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignWhat {
    /// Response and assertion.
    #[default]
    Both,
    /// The assertion alone.
    Assertion,
    /// The response alone.
    Response,
}

impl SignWhat {
    /// Whether the assertion is signed.
    pub const fn assertion(self) -> bool {
        matches!(self, Self::Both | Self::Assertion)
    }

    /// Whether the response is signed.
    pub const fn response(self) -> bool {
        matches!(self, Self::Both | Self::Response)
    }
}

/// When assertions are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncryptWhen {
    /// Never.
    #[default]
    Never,
    /// Whenever the provider has a key to encrypt to.
    Possible,
    /// Always: without a key there is no assertion.
    Required,
}

/// How content is encrypted. CBC has no value here: it can be read by who may alter it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentEncryption {
    /// AES-256-GCM.
    #[default]
    Aes256Gcm,
    /// AES-128-GCM.
    Aes128Gcm,
}

impl ContentEncryption {
    /// Every method.
    pub const ALL: [Self; 2] = [Self::Aes256Gcm, Self::Aes128Gcm];

    /// The identifier.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
        }
    }

    /// The length of its key in bytes.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes256Gcm => 32,
            Self::Aes128Gcm => 16,
        }
    }
}

/// How the content key travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTransport {
    /// RSA-OAEP with SHA-1 and MGF1 with SHA-1: what every service provider reads.
    #[default]
    RsaOaepMgf1p,
    /// RSA-OAEP with SHA-256 and MGF1 with SHA-256, for those that ask for it.
    RsaOaep,
}

impl KeyTransport {
    /// Every method.
    pub const ALL: [Self; 2] = [Self::RsaOaepMgf1p, Self::RsaOaep];

    /// The identifier.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaOaepMgf1p => "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            Self::RsaOaep => "http://www.w3.org/2009/xmlenc11#rsa-oaep",
        }
    }
}

/// Encryption for one provider. What is absent follows the provider's metadata, and where that is silent what everybody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Encryption {
    /// When.
    pub when: EncryptWhen,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentEncryption>,
    /// How the key travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<KeyTransport>,
}

/// The decisions about one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a decision of its own, under the name that an operator writes"
)]
pub struct Policy {
    /// The preset that it began as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// The name of our variant that it knows (profile 9); none is the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What we sign with.
    pub signing_algorithm: SigningAlgorithm,
    /// What we sign.
    pub sign: SignWhat,
    /// Whether signatures carry our certificate.
    pub include_certificate: bool,
    /// Encryption.
    pub encryption: Encryption,
    /// What it may sign with.
    pub signature_algorithms: Vec<SignatureAlgorithm>,
    /// Whether unsigned requests are refused whatever its metadata says.
    pub require_signed_requests: bool,
    /// Whether a login may begin here.
    pub idp_initiated: bool,
    /// Whether enhanced clients may log in.
    pub ecp: bool,
    /// Whether it may see a tokenId; otherwise the person has another name at each provider.
    pub public_subject: bool,
    /// The format of an identifier when the request leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<NameIdFormat>,
    /// What it may be told.
    pub attributes: Vec<AttributeRule>,
    /// Class references beyond our own.
    pub contexts: Vec<ContextRule>,
    /// The class that is stated when none is asked for and the login reaches it; our own otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_context: Option<String>,
    /// Audiences beyond its own name.
    pub audiences: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            preset: None,
            variant: None,
            signing_algorithm: SigningAlgorithm::default(),
            sign: SignWhat::default(),
            include_certificate: true,
            encryption: Encryption::default(),
            signature_algorithms: SignatureAlgorithm::ALL.to_vec(),
            require_signed_requests: false,
            idp_initiated: false,
            ecp: false,
            public_subject: false,
            name_id_format: None,
            attributes: Vec::new(),
            contexts: Vec::new(),
            default_context: None,
            audiences: Vec::new(),
        }
    }
}
