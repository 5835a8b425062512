//! Trust in nobody: a scheme without operators, signed by a key that is thrown away. No issuer is known to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use idp_jose::{Jwk, PublicKey};
use idp_types::Timestamp;
use idp_vds::TrustStore;
use idp_vds::trust::{
    ANCHOR, GOVERNANCE_LIST, GovernanceList, ListFrame, LoadPolicy, SignedList, TrustBundle,
};

use crate::crypto::AwsVerifier;
use crate::keys::SoftwareSigner;

/// Seconds until the empty list would be due; nothing depends on it.
const LIFE_SECONDS: i64 = 86_400;

/// A store that verifies nothing.
#[expect(
    clippy::expect_used,
    reason = "two values that this function made itself; without randomness no key ring had opened"
)]
pub(super) fn store(now: Timestamp) -> TrustStore {
    build(now).expect("an empty scheme loads")
}

fn build(now: Timestamp) -> Option<TrustStore> {
    let signer = SoftwareSigner::from_pkcs8(&SoftwareSigner::generate().ok()?).ok()?;
    let frame = ListFrame {
        sequence: 0,
        issued: now,
        next_update: now.plus_seconds(LIFE_SECONDS),
    };
    let prepared = GovernanceList {
        frame,
        operators: Vec::new(),
    }
    .prepare(None)
    .ok()?;
    let signature = signer.sign_now(prepared.signing_input()).ok()?;
    let anchor = Jwk::new(PublicKey::P256(signer.ec_public_key().clone()))
        .to_value()
        .to_string();
    let files = BTreeMap::from([
        (ANCHOR.to_owned(), anchor.into_bytes()),
        (
            GOVERNANCE_LIST.to_owned(),
            prepared.complete(&signature).into_bytes(),
        ),
    ]);
    let bundle = TrustBundle::new(files).ok()?;
    TrustStore::load(&bundle, Arc::new(AwsVerifier), LoadPolicy::default(), now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_trusted() {
        let store = store(Timestamp::from_unix_seconds(1_800_000_000));
        assert!(store.scheme_operators().is_empty());
        assert_eq!(store.signing_certificates().count(), 0);
    }
}
