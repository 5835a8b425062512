//! The credential request, of every generation, told apart by its shape (OpenID4VCI section 8.2 and its drafts 11 to 14).

use serde_json::{Map, Value};

use super::encryption::ResponseEncryption;
use super::{members, optional_text};
use crate::configuration::{Configuration, Profile};
use crate::credential::CredentialType;
use crate::error::{CredentialError, ErrorCode};
use crate::format::Format;
use crate::issuer::Issuer;

/// Which generation is spoken; the answer is in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// 1.0: a configuration or an identifier.
    Final,
    /// Drafts 13 and 14: `format` and what defines the type in it.
    Draft13,
    /// Draft 11: `format` and `types`.
    Draft11,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A configuration.
    Configuration(Configuration),
    /// A credential that the token response named.
    Identifier(String),
}

/// Proofs of possession, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proofs {
    /// `jwt`, at least one.
    Jwt(Vec<String>),
    /// `attestation`.
    Attestation(String),
    /// None: for a credential without a holder, or to be refused.
    None,
}

/// A credential request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRequest {
    /// The generation.
    pub dialect: Dialect,
    /// What is asked for.
    pub wanted: Wanted,
    /// The proofs.
    pub proofs: Proofs,
    /// How to encrypt the answer.
    pub encryption: Option<ResponseEncryption>,
}

/// How a request arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Who issues.
    pub issuer: &'a Issuer,
    /// At which of the identifiers.
    pub profile: Profile,
    /// Whether the body was a JWE.
    pub was_encrypted: bool,
    /// The most credentials of one request.
    pub batch_size: usize,
}

impl CredentialRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`CredentialError`] with the code that the standard has for it.
    pub fn parse(body: &[u8], arrival: &Arrival<'_>) -> Result<Self, CredentialError> {
        let members = members(body)?;
        let (dialect, wanted) = wanted(&members, arrival)?;
        let proofs = proofs(&members, arrival)?;
        let encryption = members
            .get("credential_response_encryption")
            .map(ResponseEncryption::read)
            .transpose()?;
        // Section 8.2: else somebody on the way could put in a key of their own. The drafts had no encrypted requests.
        if dialect == Dialect::Final && encryption.is_some() && !arrival.was_encrypted {
            return Err(CredentialError::encryption(
                "a request that asks for an encrypted answer must be encrypted",
            ));
        }
        Ok(Self {
            dialect,
            wanted,
            proofs,
            encryption,
        })
    }
}

const UNKNOWN: CredentialError = CredentialError::new(
    ErrorCode::UnknownCredentialConfiguration,
    "the credential configuration does not exist here",
);

fn wanted(members: &Map<String, Value>, arrival: &Arrival<'_>) -> Result<(Dialect, Wanted), CredentialError> {
    let configuration = optional_text(members, "credential_configuration_id")?;
    let identifier = optional_text(members, "credential_identifier")?;
    match (configuration, identifier) {
        (Some(_), Some(_)) => Err(CredentialError::request(
            "credential_configuration_id and credential_identifier exclude each other",
        )),
        (Some(name), None) => {
            let found = arrival.profile.find(name).ok_or(UNKNOWN)?;
            Ok((Dialect::Final, Wanted::Configuration(found)))
        }
        (None, Some(name)) => Ok((Dialect::Final, Wanted::Identifier(name.to_owned()))),
        (None, None) if arrival.profile.reads_drafts() => drafts(members, arrival),
        (None, None) => Err(CredentialError::request(
            "credential_configuration_id or credential_identifier is missing",
        )),
    }
}

fn drafts(members: &Map<String, Value>, arrival: &Arrival<'_>) -> Result<(Dialect, Wanted), CredentialError> {
    let format = optional_text(members, "format")?.ok_or(CredentialError::request(
        "credential_configuration_id, credential_identifier or format is missing",
    ))?;
    let is_offered = |own: &Format| own.as_str() == format || is_older_name(*own, format, members);
    let format = arrival.profile.formats().iter().copied().find(is_offered);
    let format = format.ok_or(CredentialError::new(
        ErrorCode::UnsupportedCredentialFormat,
        "the format does not exist here",
    ))?;
    let (dialect, is_named) = named_types(members)?;
    let found = arrival.profile.configurations().find(|configuration| {
        configuration.format == format && is_named.fits(configuration.credential_type, format, arrival.issuer)
    });
    let found = found.ok_or(CredentialError::new(
        ErrorCode::UnsupportedCredentialType,
        "the type does not exist in this format here",
    ))?;
    Ok((dialect, Wanted::Configuration(found)))
}

/// `vc+sd-jwt` with a `vct` is what `dc+sd-jwt` was called before draft 15.
fn is_older_name(own: Format, named: &str, members: &Map<String, Value>) -> bool {
    own == Format::DcSdJwt && named == "vc+sd-jwt" && members.contains_key("vct")
}

/// How a draft names a type.
enum TypeName<'a> {
    Types(Vec<&'a str>),
    Vct(&'a str),
    DocType(&'a str),
}

impl TypeName<'_> {
    fn fits(&self, credential_type: CredentialType, format: Format, issuer: &Issuer) -> bool {
        match self {
            Self::Types(types) => types.last() == Some(&credential_type.name()),
            Self::Vct(vct) => format == Format::DcSdJwt && *vct == issuer.vct(credential_type),
            Self::DocType(name) => format == Format::MsoMdoc && *name == issuer.doc_type(credential_type),
        }
    }
}

fn named_types(members: &Map<String, Value>) -> Result<(Dialect, TypeName<'_>), CredentialError> {
    if let Some(vct) = optional_text(members, "vct")? {
        return Ok((Dialect::Draft13, TypeName::Vct(vct)));
    }
    if let Some(doc_type) = optional_text(members, "doctype")? {
        return Ok((Dialect::Draft13, TypeName::DocType(doc_type)));
    }
    let (dialect, types) = match (members.get("credential_definition"), members.get("types")) {
        (Some(definition), None) => (
            Dialect::Draft13,
            definition.get("type").or(definition.get("types")),
        ),
        (None, types) => (Dialect::Draft11, types),
        (Some(_), Some(_)) => (Dialect::Draft13, None),
    };
    let types = types.and_then(text_array);
    let types = types.ok_or(CredentialError::request("the format is there, but no type"))?;
    Ok((dialect, TypeName::Types(types)))
}

fn text_array(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// `proofs` with exactly one kind, or the single `proof` of the drafts.
fn proofs(members: &Map<String, Value>, arrival: &Arrival<'_>) -> Result<Proofs, CredentialError> {
    match (members.get("proofs"), members.get("proof")) {
        (None, None) => Ok(Proofs::None),
        (Some(_), Some(_)) => Err(CredentialError::request("proof and proofs exclude each other")),
        (Some(proofs), None) => several(proofs, arrival.batch_size),
        (None, Some(proof)) if arrival.profile.reads_drafts() => single(proof),
        (None, Some(_)) => Err(CredentialError::request("proof is not known, proofs is")),
    }
}

fn several(proofs: &Value, batch_size: usize) -> Result<Proofs, CredentialError> {
    let kinds = proofs
        .as_object()
        .ok_or(CredentialError::proof("proofs is no object"))?;
    let mut kinds = kinds.iter();
    let (Some((kind, given)), None) = (kinds.next(), kinds.next()) else {
        return Err(CredentialError::proof("proofs has not exactly one kind"));
    };
    let given = text_array(given).ok_or(CredentialError::proof("proofs are no array of texts"))?;
    if given.is_empty() {
        return Err(CredentialError::proof("proofs are empty"));
    }
    if given.len() > batch_size {
        return Err(CredentialError::request("more proofs than one request may have"));
    }
    match (kind.as_str(), given.as_slice()) {
        ("jwt", _) => Ok(Proofs::Jwt(given.into_iter().map(str::to_owned).collect())),
        ("attestation", [only]) => Ok(Proofs::Attestation((*only).to_owned())),
        ("attestation", _) => Err(CredentialError::proof("exactly one attestation may stand")),
        _ => Err(CredentialError::proof("the kind of proof is not offered")),
    }
}

fn single(proof: &Value) -> Result<Proofs, CredentialError> {
    let text = |name| proof.get(name).and_then(Value::as_str);
    match (text("proof_type"), text("jwt"), text("attestation")) {
        (Some("jwt"), Some(jwt), None) => Ok(Proofs::Jwt(vec![jwt.to_owned()])),
        (Some("attestation"), None, Some(attestation)) => Ok(Proofs::Attestation(attestation.to_owned())),
        _ => Err(CredentialError::proof("the kind of proof is not offered")),
    }
}

#[cfg(test)]
mod tests;
