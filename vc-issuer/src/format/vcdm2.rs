//! VCDM 2.0 secured as VC-JOSE-COSE says: the payload is the credential, `vc` does not exist.

use idp_jose::Algorithm;
use idp_jose::jws::{self, Header};
use serde_json::{Map, Value, json};

use super::selective::{Disclosures, PreparedSdJwt};
use super::{FormatError, Holder, Issuance, w3c_subject};
use crate::credential::{ConsentReceipt, CredentialType};

const BASE_CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";

/// `vc+jwt`.
pub(super) fn jwt(issuance: &Issuance<'_>) -> Result<jws::Prepared, FormatError> {
    let mut members = envelope(issuance)?;
    let mut subject = subject_id(issuance);
    subject.extend(w3c_subject(issuance.subject));
    members.insert("credentialSubject".to_owned(), subject.into());
    members.insert("evidence".to_owned(), evidence(issuance).into());
    let payload = Value::Object(members).to_string();
    Ok(jws::Prepared::new(
        &header(issuance, "vc+jwt"),
        payload.as_bytes(),
    ))
}

/// `vc+sd-jwt`: each claim and the evidence are the holder's to show; context, type and status are not.
pub(super) fn sd_jwt(issuance: &Issuance<'_>) -> Result<PreparedSdJwt, FormatError> {
    let mut members = envelope(issuance)?;
    let mut disclosures = Disclosures::new(&issuance.copy.randomness);
    let mut subject = subject_id(issuance);
    subject.extend(disclosures.hide(w3c_subject(issuance.subject)));
    members.insert("credentialSubject".to_owned(), subject.into());
    let receipt = issuance
        .receipt
        .map(|receipt| ("consentReceipt".to_owned(), receipt.as_str().into()));
    let hidden = [("evidence".to_owned(), evidence(issuance).into())]
        .into_iter()
        .chain(receipt);
    members.extend(disclosures.hide(hidden.collect()));
    Ok(disclosures.finish(&header(issuance, "vc+sd-jwt"), members))
}

fn header(issuance: &Issuance<'_>, typ: &str) -> Header {
    let kid = format!("{}#{}", issuance.issuer.did(), issuance.key.thumbprint());
    Header::new(Algorithm::Es256)
        .with_typ(typ)
        .with_kid(kid)
        .with("cty", "vc")
}

/// Everything but subject and evidence.
fn envelope(issuance: &Issuance<'_>) -> Result<Map<String, Value>, FormatError> {
    let kind = issuance.subject.credential_type();
    if kind == CredentialType::ProofOfAge {
        return Err(FormatError::Type);
    }
    if matches!(issuance.copy.holder, Holder::TokenId(_)) {
        return Err(FormatError::Holder);
    }
    let issuer = issuance.issuer;
    let (from, until) = (issuance.validity.from(), issuance.validity.until());
    let context = issuer.context();
    let mut members = Map::from_iter([
        ("@context".to_owned(), json!([BASE_CONTEXT, context.address()])),
        ("id".to_owned(), issuance.copy.randomness.identifier().into()),
        ("type".to_owned(), json!(["VerifiableCredential", kind.name()])),
        ("issuer".to_owned(), issuer.did().into()),
        ("iss".to_owned(), issuer.did().into()),
        ("validFrom".to_owned(), from.to_rfc3339().into()),
        ("validUntil".to_owned(), until.to_rfc3339().into()),
        ("iat".to_owned(), from.unix_seconds().into()),
        ("exp".to_owned(), until.unix_seconds().into()),
        (
            "relatedResource".to_owned(),
            json!([{"id": context.address(), "digestSRI": context.digest_sri()}]),
        ),
    ]);
    let status = status(issuance).map(|status| ("credentialStatus".to_owned(), status));
    members.extend(status);
    let cnf = issuance
        .copy
        .holder
        .confirmation()
        .map(|cnf| ("cnf".to_owned(), cnf));
    members.extend(cnf);
    Ok(members)
}

fn subject_id(issuance: &Issuance<'_>) -> Map<String, Value> {
    let id = issuance.copy.holder.subject_id();
    id.map(|id| ("id".to_owned(), id.into())).into_iter().collect()
}

/// The seal and, where there is one, the consent receipt.
pub(super) fn evidence(issuance: &Issuance<'_>) -> Vec<Value> {
    let (kind, copy) = (issuance.subject.credential_type(), &issuance.copy.randomness);
    let seal = issuance.evidence.to_value(kind, copy);
    let receipt = issuance
        .receipt
        .map(|receipt: &ConsentReceipt| receipt.to_value(copy));
    [seal].into_iter().chain(receipt).collect()
}

/// `credentialStatus` (Bitstring Status List section 2.1).
pub(super) fn status(issuance: &Issuance<'_>) -> Option<Value> {
    let entry = issuance.copy.status?;
    let list = issuance.issuer.bitstring_list(entry.list);
    Some(json!({
        "id": format!("{list}#{}", entry.index),
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": entry.index.to_string(),
        "statusListCredential": list,
    }))
}
