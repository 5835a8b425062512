//! The two documents with a `vc` claim: `jwt_vc_json` as VCDM 1.1 has it, and the seed's own.

use idp_jose::Algorithm;
use idp_jose::jws::{self, Header};
use serde_json::{Map, Value, json};

use super::vcdm2::{evidence, status};
use super::{FormatError, Holder, Issuance, w3c_subject};
use crate::credential::CredentialType;

const BASE_CONTEXT: &str = "https://www.w3.org/2018/credentials/v1";
const STATUS_CONTEXT: &str = "https://www.w3.org/ns/credentials/status/v1";

/// The contexts that the seed shows, byte for byte.
const SEED_CONTEXTS: [&str; 2] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://idtokenseal.id3.eu/ns/credentials/v1",
];

/// `jwt_vc_json` (VCDM 1.1 section 6.3.1).
pub(super) fn jwt_vc_json(issuance: &Issuance<'_>) -> Result<jws::Prepared, FormatError> {
    if matches!(issuance.copy.holder, Holder::TokenId(_)) {
        return Err(FormatError::Holder);
    }
    let kind = own_type(issuance)?;
    let id = issuance.copy.holder.subject_id();
    let mut subject: Map<String, Value> = id
        .iter()
        .map(|id| ("id".to_owned(), id.as_str().into()))
        .collect();
    subject.extend(w3c_subject(issuance.subject));
    let issuer = issuance.issuer;
    let mut vc = json!({
        "@context": [BASE_CONTEXT, STATUS_CONTEXT, issuer.context().address()],
        "id": issuance.copy.randomness.identifier(),
        "type": ["VerifiableCredential", kind.name()],
        "issuer": issuer.did(),
        "issuanceDate": issuance.validity.from().to_rfc3339(),
        "expirationDate": issuance.validity.until().to_rfc3339(),
        "credentialSubject": subject,
        "evidence": evidence(issuance),
    });
    insert(&mut vc, "credentialStatus", status(issuance));
    Ok(sign(issuance, "JWT", id, &vc))
}

/// The seed's page, member for member. Not valid under the standards that it names.
pub(super) fn seed(issuance: &Issuance<'_>) -> Result<jws::Prepared, FormatError> {
    let Holder::TokenId(token_id) = &issuance.copy.holder else {
        return Err(FormatError::Holder);
    };
    let kind = own_type(issuance)?;
    let mut subject = Map::from_iter([("id".to_owned(), token_id.as_str().into())]);
    subject.extend(w3c_subject(issuance.subject));
    let mut vc = json!({
        "@context": SEED_CONTEXTS,
        "type": ["VerifiableCredential", kind.name()],
        "credentialSubject": subject,
        "evidence": [issuance.evidence.seed_members(kind)],
    });
    insert(&mut vc, "credentialStatus", status(issuance));
    Ok(sign(issuance, "vc+jwt", Some(token_id.to_string()), &vc))
}

fn own_type(issuance: &Issuance<'_>) -> Result<CredentialType, FormatError> {
    match issuance.subject.credential_type() {
        CredentialType::ProofOfAge => Err(FormatError::Type),
        own => Ok(own),
    }
}

fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}

/// Readers of this generation find the key under its first fragment alone (did-jwt knows `JsonWebKey2020` only).
fn sign(issuance: &Issuance<'_>, typ: &str, subject: Option<String>, vc: &Value) -> jws::Prepared {
    let mut claims = json!({
        "iss": issuance.issuer.did(),
        "jti": issuance.copy.randomness.identifier(),
        "nbf": issuance.validity.from().unix_seconds(),
        "exp": issuance.validity.until().unix_seconds(),
        "vc": vc,
    });
    insert(&mut claims, "sub", subject.map(Value::String));
    let kid = format!("{}#{}", issuance.issuer.did(), issuance.key.fragment);
    let header = Header::new(Algorithm::Es256).with_typ(typ).with_kid(kid);
    jws::Prepared::new(&header, claims.to_string().as_bytes())
}
