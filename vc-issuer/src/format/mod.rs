//! The octets of one copy, in the format that the wallet asked for.
//!
//! [`prepare`] gives the octets to sign, [`Prepared::complete`] the credential. [`crate::reading`] reads it again on another path.

mod cbor;
mod mdoc;
mod sd_jwt_vc;
mod selective;
mod vcdm1;
mod vcdm2;

use idp_jose::jws;
use idp_jose::{EcPublicKey, Jwk};
use idp_types::TokenId;
use idp_types::encoding::base64url;
use serde_json::Value;

use crate::credential::{
    Attribute, AttributeValue, ConsentReceipt, CopyRandomness, SealEvidence, Subject, Validity, Vocabulary,
    alpha2,
};
use crate::issuer::Issuer;

/// A credential format with its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `vc+jwt`: VCDM 2.0, the payload is the credential (VC-JOSE-COSE section 3.1.1).
    VcJwt,
    /// `vc+sd-jwt`: the same with selective disclosure (VC-JOSE-COSE section 3.2.1).
    VcSdJwt,
    /// `jwt_vc_json`: VCDM 1.1 in a `vc` claim.
    JwtVcJson,
    /// The seed's own document, which no standard knows; off unless a client is registered for it.
    Seed,
    /// `dc+sd-jwt`: SD-JWT VC.
    DcSdJwt,
    /// `mso_mdoc`: ISO/IEC 18013-5.
    MsoMdoc,
}

impl Format {
    /// The format identifier on the wire; the seed's document is a `jwt_vc_json` there.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VcJwt => "vc+jwt",
            Self::VcSdJwt => "vc+sd-jwt",
            Self::JwtVcJson | Self::Seed => "jwt_vc_json",
            Self::DcSdJwt => "dc+sd-jwt",
            Self::MsoMdoc => "mso_mdoc",
        }
    }

    /// Whose names it speaks.
    pub const fn vocabulary(self) -> Vocabulary {
        match self {
            Self::VcJwt | Self::VcSdJwt | Self::JwtVcJson | Self::Seed => Vocabulary::W3c,
            Self::DcSdJwt => Vocabulary::SdJwtVc,
            Self::MsoMdoc => Vocabulary::Mdoc,
        }
    }
}

/// The key that signs, described. Its private half stays with the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The public key, P-256.
    pub key: EcPublicKey,
    /// The fragment under which the DID document lists it for older readers: `key-1` for the first key, never given twice.
    pub fragment: String,
    /// Certificates in DER, that of the key first, without the anchor.
    pub x5c: Vec<Vec<u8>>,
}

impl SigningKey {
    /// The RFC 7638 thumbprint, base64url.
    pub fn thumbprint(&self) -> String {
        Jwk::new(self.key.clone()).thumbprint_base64url()
    }
}

/// To whom a copy belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Who has this key.
    Key(Jwk),
    /// Whoever has the credential.
    Bearer,
    /// The seed's subject, in the seed's document alone: it links the holder across verifiers.
    TokenId(TokenId),
}

impl Holder {
    /// The identifier of the subject: a URL made of the key, so that no two copies share it.
    fn subject_id(&self) -> Option<String> {
        match self {
            Self::Key(key) => {
                let jwk = Jwk::new(key.key.clone()).to_value().to_string();
                Some(format!("did:jwk:{}", base64url(jwk.as_bytes())))
            }
            Self::Bearer => None,
            Self::TokenId(token_id) => Some(token_id.to_string()),
        }
    }

    const fn key(&self) -> Option<&Jwk> {
        match self {
            Self::Key(key) => Some(key),
            Self::Bearer | Self::TokenId(_) => None,
        }
    }

    /// `cnf` (RFC 7800 section 3.2), with the public members of the key alone.
    fn confirmation(&self) -> Option<Value> {
        let key = Jwk::new(self.key()?.key.clone());
        Some(serde_json::json!({"jwk": key.to_value()}))
    }
}

/// Where the status of a copy is kept: a row of the one table that both kinds of lists are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusEntry {
    /// The number of the list, from 1.
    pub list: u32,
    /// The position in it.
    pub index: u64,
}

/// One copy. Nothing in it is shared with another copy.
#[derive(Debug, Clone)]
pub struct CredentialCopy {
    /// The randomness of the copy.
    pub randomness: CopyRandomness,
    /// To whom it belongs.
    pub holder: Holder,
    /// Its place in the status table.
    pub status: Option<StatusEntry>,
}

/// Everything that goes into one copy.
#[derive(Debug, Clone, Copy)]
pub struct Issuance<'a> {
    /// Who issues.
    pub issuer: &'a Issuer,
    /// The key that will sign.
    pub key: &'a SigningKey,
    /// What is certified.
    pub subject: &'a Subject,
    /// The times.
    pub validity: Validity,
    /// The seal.
    pub evidence: &'a SealEvidence,
    /// The person's own word, where there is one.
    pub receipt: Option<&'a ConsentReceipt>,
    /// The copy.
    pub copy: &'a CredentialCopy,
}

/// Why a copy cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The type does not exist in this format.
    #[error("the type does not exist in this format")]
    Type,
    /// The format needs another kind of holder: a key, or in the seed's document a tokenId.
    #[error("the holder does not fit the format")]
    Holder,
}

/// A copy that waits for its signature.
#[derive(Debug)]
pub enum Prepared {
    /// A compact JWS.
    Jws(jws::Prepared),
    /// A JWS with disclosures behind it.
    SdJwt(selective::PreparedSdJwt),
    /// An mdoc.
    Mdoc(mdoc::PreparedMdoc),
}

pub use mdoc::PreparedMdoc;
pub use selective::PreparedSdJwt;

impl Prepared {
    /// What the issuer signs with ES256.
    pub fn signing_input(&self) -> &[u8] {
        match self {
            Self::Jws(prepared) => prepared.signing_input(),
            Self::SdJwt(prepared) => prepared.signing_input(),
            Self::Mdoc(prepared) => prepared.signing_input(),
        }
    }

    /// The credential as it stands in a credential response. The signature is the 64 octets `r || s`.
    pub fn complete(self, signature: &[u8]) -> String {
        match self {
            Self::Jws(prepared) => prepared.complete(signature),
            Self::SdJwt(prepared) => prepared.complete(signature),
            Self::Mdoc(prepared) => prepared.complete(signature),
        }
    }
}

/// Prepares one copy in `format`.
///
/// # Errors
/// [`FormatError`].
pub fn prepare(format: Format, issuance: &Issuance<'_>) -> Result<Prepared, FormatError> {
    match format {
        Format::VcJwt => vcdm2::jwt(issuance).map(Prepared::Jws),
        Format::VcSdJwt => vcdm2::sd_jwt(issuance).map(Prepared::SdJwt),
        Format::JwtVcJson => vcdm1::jwt_vc_json(issuance).map(Prepared::Jws),
        Format::Seed => vcdm1::seed(issuance).map(Prepared::Jws),
        Format::DcSdJwt => sd_jwt_vc::prepare(issuance).map(Prepared::SdJwt),
        Format::MsoMdoc => mdoc::prepare(issuance).map(Prepared::Mdoc),
    }
}

/// The value of an attribute in JSON. European attribute sets name countries with two letters.
fn json_value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Text(text) | AttributeValue::Country(text) => text.as_str().into(),
        AttributeValue::Date(date) => date.to_string().into(),
        AttributeValue::Number(number) => (*number).into(),
        AttributeValue::Holds(holds) => (*holds).into(),
    }
}

/// The countries of an attribute as the European sets list them.
fn countries(value: &AttributeValue) -> Option<[&'static str; 1]> {
    match value {
        AttributeValue::Country(code) => Some([alpha2(code)]),
        _ => None,
    }
}

/// `credentialSubject` in the seed's names.
fn w3c_subject(subject: &Subject) -> serde_json::Map<String, Value> {
    let name = |attribute: Attribute| attribute.name(Vocabulary::W3c).to_owned();
    subject
        .iter()
        .map(|(attribute, value)| (name(attribute), json_value(value)))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
