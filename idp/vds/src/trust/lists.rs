//! The four signed lists (profile 3), as domain values that read from and write to ES256 JWS JSON.
//!
//! Times are RFC 3339, keys are public JWKs, certificates are base64 DER. Members that are not known here are ignored, so that
//! a list may say more; duplicate members are refused by the JWS layer.

use std::collections::BTreeSet;

use idp_jose::{Algorithm, EcPublicKey, PublicKey, Verifier, jws};
use idp_types::{Fingerprint, Timestamp, TokenId, TrustLevel};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::bundle::FILE_LIMIT;
use super::code::{AgencyCode, AuthorityCode, RegionCode};
use super::error::ListProblem;
use super::wire;
use crate::manifest::ManifestId;

/// When a list was issued and when the next is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFrame {
    /// Grows with every issue; a smaller one than seen before is refused.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Timestamp,
    /// When the next issue is due at the latest.
    #[serde(rename = "nextUpdate")]
    pub next_update: Timestamp,
}

/// A list that is carried as a JWS of its own `typ`.
pub trait SignedList: Serialize + DeserializeOwned {
    /// The media type in the JWS header (RFC 8725 section 3.11).
    const TYPE: &'static str;

    /// Sequence and times.
    fn frame(&self) -> &ListFrame;

    /// The JWS that waits for the signature of the key `kid`, ES256.
    ///
    /// # Errors
    /// The list cannot be written as JSON.
    fn prepare(&self, kid: Option<String>) -> Result<jws::Prepared, serde_json::Error> {
        let payload = serde_json::to_vec(self)?;
        let header = jws::Header {
            kid,
            ..jws::Header::new(Algorithm::Es256).with_typ(Self::TYPE)
        };
        Ok(jws::Prepared::new(&header, &payload))
    }

    /// Reads a list that `key` signed.
    ///
    /// # Errors
    /// [`ListProblem`] when the signature, the type or the shape is another.
    fn read(compact: &str, verifier: &dyn Verifier, key: &EcPublicKey) -> Result<Self, ListProblem> {
        let expectation = jws::Expectation {
            algorithms: &[Algorithm::Es256],
            typ: Self::TYPE,
        };
        let claims = jws::parse(compact, FILE_LIMIT)
            .and_then(|parsed| parsed.verify(verifier, &PublicKey::P256(key.clone()), &expectation))
            .and_then(|verified| verified.claims())
            .map_err(ListProblem::Signature)?;
        serde_json::from_value(serde_json::Value::Object(claims)).map_err(ListProblem::Shape)
    }
}

/// The root list: which scheme operators there are. Signed by the anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernanceList {
    /// Sequence and times.
    #[serde(flatten)]
    pub frame: ListFrame,
    /// The scheme operators.
    pub operators: Vec<OperatorEntry>,
}

/// One scheme operator of the governance list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorEntry {
    /// Issuing agency code.
    pub iac: AgencyCode,
    /// Name, for people.
    pub name: String,
    /// The key that signs the operator's scheme list.
    #[serde(with = "wire::jwk")]
    pub key: EcPublicKey,
}

/// What a scheme operator allows: manifests, and a trust service list for each region. Signed by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeList {
    /// Sequence and times.
    #[serde(flatten)]
    pub frame: ListFrame,
    /// The operator whose list this is.
    pub iac: AgencyCode,
    /// The manifests that seals of this scheme may have.
    pub manifests: BTreeSet<ManifestId>,
    /// The regions.
    pub regions: Vec<RegionEntry>,
}

/// One region of a scheme list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionEntry {
    /// Its code.
    pub region: RegionCode,
    /// The key that signs the region's trust service list.
    #[serde(with = "wire::jwk")]
    pub key: EcPublicKey,
}

/// The CAs of a region. Signed by the region's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustServiceList {
    /// Sequence and times.
    #[serde(flatten)]
    pub frame: ListFrame,
    /// The operator to which the region belongs.
    pub iac: AgencyCode,
    /// The region.
    pub region: RegionCode,
    /// The CAs.
    pub authorities: Vec<AuthorityEntry>,
    /// The key that signs the region's seal revocation list.
    #[serde(rename = "sealRevocationKey", with = "wire::jwk")]
    pub seal_revocation_key: EcPublicKey,
}

/// One CA of a trust service list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityEntry {
    /// The first four characters of the certificate references that it answers for.
    pub id: AuthorityCode,
    /// Its certificate, DER.
    #[serde(with = "wire::base64")]
    pub certificate: Vec<u8>,
    /// The highest trust level that its certificates may give; a certificate that claims more gives this.
    #[serde(rename = "maximumTrustLevel")]
    pub maximum_trust_level: TrustLevel,
}

/// The seals of a region that are no longer valid. Signed by the key that the trust service list names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealRevocationList {
    /// Sequence and times.
    #[serde(flatten)]
    pub frame: ListFrame,
    /// The operator to which the region belongs.
    pub iac: AgencyCode,
    /// The region.
    pub region: RegionCode,
    /// Seals by fingerprint.
    #[serde(default)]
    pub fingerprints: BTreeSet<Fingerprint>,
    /// Holders whose every seal is revoked.
    #[serde(rename = "tokenIds", default)]
    pub token_ids: BTreeSet<TokenId>,
}

macro_rules! signed_lists {
    ($($list:ident $typ:literal),+ $(,)?) => {
        $(impl SignedList for $list {
            const TYPE: &'static str = $typ;
            fn frame(&self) -> &ListFrame {
                &self.frame
            }
        })+
    };
}

signed_lists! {
    GovernanceList "vds-governance+jwt",
    SchemeList "vds-scheme+jwt",
    TrustServiceList "vds-tsl+jwt",
    SealRevocationList "vds-vrl+jwt",
}

#[cfg(test)]
mod tests {
    use idp_jose::P256Verifier;
    use serde_json::json;

    use super::*;

    fn key() -> serde_json::Value {
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        })
    }

    /// Writes what it reads.
    fn stable<L: SignedList>(json: &serde_json::Value) -> L {
        let list: L = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&list).unwrap(), json);
        list
    }

    fn with_frame(mut json: serde_json::Value) -> serde_json::Value {
        json["sequence"] = json!(3);
        json["issued"] = json!("2026-11-20T00:00:00Z");
        json["nextUpdate"] = json!("2026-11-21T00:00:00Z");
        json
    }

    #[test]
    fn members_are_spelled_as_documented() {
        let governance = with_frame(json!({"operators": [{"iac": "XDT", "name": "Demo", "key": key()}]}));
        assert_eq!(stable::<GovernanceList>(&governance).frame.sequence, 3);
        let scheme =
            json!({"iac": "XDT", "manifests": ["0A0001"], "regions": [{"region": "EU", "key": key()}]});
        assert!(
            stable::<SchemeList>(&with_frame(scheme))
                .manifests
                .contains(&ManifestId::PERSON)
        );
        let authority = json!({"id": "XX01", "certificate": "MAA=", "maximumTrustLevel": 2});
        let services = json!({
            "iac": "XDT", "region": "EU", "authorities": [authority], "sealRevocationKey": key(),
        });
        assert_eq!(
            stable::<TrustServiceList>(&with_frame(services)).authorities[0].certificate,
            [0x30, 0]
        );
        let revocations = json!({
            "iac": "XDT", "region": "EU", "fingerprints": ["00".repeat(32)], "tokenIds": ["holder"],
        });
        assert_eq!(
            stable::<SealRevocationList>(&with_frame(revocations))
                .fingerprints
                .len(),
            1
        );
    }

    #[test]
    fn more_members_are_ignored_and_private_keys_refused() {
        let more = with_frame(json!({"operators": [], "comment": "more"}));
        assert!(serde_json::from_value::<GovernanceList>(more).is_ok());
        let mut private = key();
        private["d"] = json!("AQ");
        let list = with_frame(json!({"operators": [{"iac": "XDT", "name": "Demo", "key": private}]}));
        assert!(serde_json::from_value::<GovernanceList>(list).is_err());
        let mut encrypting = key();
        encrypting["use"] = json!("enc");
        let list = with_frame(json!({"operators": [{"iac": "XDT", "name": "Demo", "key": encrypting}]}));
        assert!(serde_json::from_value::<GovernanceList>(list).is_err());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let key: EcPublicKey =
            serde_json::from_value::<OperatorEntry>(json!({"iac": "X", "name": "", "key": key()}))
                .unwrap()
                .key;
        for text in ["", "a.b.c", "e30.e30.AA"] {
            let refused = GovernanceList::read(text, &P256Verifier, &key).unwrap_err();
            assert!(matches!(refused, ListProblem::Signature(_)), "{refused}");
        }
    }
}
