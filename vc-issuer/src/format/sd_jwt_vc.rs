//! `dc+sd-jwt`: SD-JWT VC, with the names of the European person identification data.

use data_encoding::BASE64;
use idp_jose::Algorithm;
use idp_jose::jws::Header;
use idp_jose::status_list::StatusReference;
use serde_json::{Map, Value, json};

use super::selective::{Disclosures, PreparedSdJwt};
use super::vcdm2::evidence;
use super::{FormatError, Holder, Issuance, countries, json_value};
use crate::credential::{CredentialType, Vocabulary, hour};

/// The type in the header (SD-JWT VC section 3.2.1).
const TYP: &str = "dc+sd-jwt";

/// The framework that stands behind the claims, as the OpenID Provider names it.
const TRUST_FRAMEWORK: &str = "urn:idtokenseal:trust-framework:seal";

/// Each claim is the holder's to show, each nationality by itself; type, times, key and status are not.
pub(super) fn prepare(issuance: &Issuance<'_>) -> Result<PreparedSdJwt, FormatError> {
    let kind = issuance.subject.credential_type();
    let integrity = issuance
        .issuer
        .type_metadata(kind)
        .ok_or(FormatError::Type)?
        .integrity();
    if matches!(issuance.copy.holder, Holder::TokenId(_)) {
        return Err(FormatError::Holder);
    }
    let mut claims = clear(issuance, kind);
    claims.insert("vct#integrity".to_owned(), integrity.into());
    let mut disclosures = Disclosures::new(&issuance.copy.randomness);
    let mut hidden = Map::new();
    for (attribute, value) in issuance.subject.iter() {
        let value = match countries(value) {
            Some(codes) => codes.map(|code| disclosures.element(code)).to_vec().into(),
            None => json_value(value),
        };
        hidden.insert(attribute.name(Vocabulary::SdJwtVc).to_owned(), value);
    }
    hidden.insert("verification".to_owned(), verification(issuance));
    let receipt = issuance
        .receipt
        .map(|receipt| ("consent_receipt".to_owned(), receipt.as_str().into()));
    hidden.extend(receipt);
    claims.extend(disclosures.hide(hidden));
    Ok(disclosures.finish(&header(issuance), claims))
}

/// Keys are found through the certificate or through `/.well-known/jwt-vc-issuer` (SD-JWT VC section 3.5).
fn header(issuance: &Issuance<'_>) -> Header {
    let header = Header::new(Algorithm::Es256)
        .with_typ(TYP)
        .with_kid(issuance.key.thumbprint());
    if issuance.key.x5c.is_empty() {
        return header;
    }
    let chain = issuance
        .key
        .x5c
        .iter()
        .map(|der| Value::String(BASE64.encode(der)));
    header.with("x5c", chain.collect::<Vec<_>>())
}

fn clear(issuance: &Issuance<'_>, kind: CredentialType) -> Map<String, Value> {
    let issuer = issuance.issuer;
    let mut claims = Map::from_iter([
        ("iss".to_owned(), issuer.base().into()),
        ("iat".to_owned(), issuance.validity.from().unix_seconds().into()),
        ("nbf".to_owned(), issuance.validity.from().unix_seconds().into()),
        ("exp".to_owned(), issuance.validity.until().unix_seconds().into()),
        ("vct".to_owned(), issuer.vct(kind).into()),
    ]);
    let status = issuance.copy.status.map(|entry| StatusReference {
        index: entry.index,
        uri: issuer.token_list(entry.list),
    });
    claims.extend(status.map(|status| ("status".to_owned(), status.to_value())));
    let cnf = issuance.copy.holder.confirmation();
    claims.extend(cnf.map(|cnf| ("cnf".to_owned(), cnf)));
    claims
}

/// OpenID Connect for Identity Assurance 1.0, section 5.1.
fn verification(issuance: &Issuance<'_>) -> Value {
    json!({
        "trust_framework": TRUST_FRAMEWORK,
        "time": hour(issuance.evidence.verified_at).to_rfc3339(),
        "evidence": evidence(issuance),
    })
}
