//! Where our keys are found: `did.json`, `did-configuration.json`, `jwt-vc-issuer`.

use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk, JwkSet};
use idp_types::Timestamp;
use serde_json::{Value, json};

use super::issuer::well_known_paths;
use crate::configuration::Profile;
use crate::format::SigningKey;
use crate::issuer::Issuer;

/// How long a domain linkage credential holds, seconds.
const LINKAGE_SECONDS: i64 = 90 * 86_400;

/// The DID document. Each key stands twice, because readers of VCDM 1.1 know `JsonWebKey2020` alone and those of VCDM 2.0 want
/// `JsonWebKey`. `keys` are the current one and every retired one that a living credential was signed with.
pub fn document(issuer: &Issuer, keys: &[SigningKey]) -> Value {
    let did = issuer.did();
    let methods: Vec<Value> = keys
        .iter()
        .flat_map(|key| {
            [
                method(did, &key.fragment, "JsonWebKey2020", key),
                method(did, &key.thumbprint(), "JsonWebKey", key),
            ]
        })
        .collect();
    let names: Vec<Value> = methods
        .iter()
        .filter_map(|method| method.get("id").cloned())
        .collect();
    json!({
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
            "https://w3id.org/security/jwk/v1",
        ],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": names,
        "authentication": names,
        "service": [{
            "id": format!("{did}#linked-domain"),
            "type": "LinkedDomains",
            "serviceEndpoint": issuer.origin(),
        }],
    })
}

fn method(did: &str, fragment: &str, kind: &str, key: &SigningKey) -> Value {
    json!({
        "id": format!("{did}#{fragment}"),
        "type": kind,
        "controller": did,
        "publicKeyJwk": published(key).to_value(),
    })
}

fn published(key: &SigningKey) -> Jwk {
    let mut jwk = Jwk::new(key.key.clone()).named_by_thumbprint();
    jwk.alg = Some(Algorithm::Es256.name().to_owned());
    jwk.use_ = Some("sig".to_owned());
    jwk
}

/// `/.well-known/jwt-vc-issuer` (SD-JWT VC section 5), for `iss` = the base.
pub fn jwt_vc_issuer(issuer: &Issuer, keys: &[SigningKey]) -> Value {
    let keys = JwkSet::new(keys.iter().map(published).collect());
    json!({"issuer": issuer.base(), "jwks": keys.to_value()})
}

/// The path of [`jwt_vc_issuer`], inserted, and the appended one that older readers try.
pub fn jwt_vc_issuer_paths(issuer: &Issuer) -> [String; 2] {
    well_known_paths(issuer, Profile::Root, "jwt-vc-issuer")
}

/// The path at which did:web finds the document (did:web section 3.2).
pub fn document_path(issuer: &Issuer) -> String {
    match issuer.path() {
        "" => "/.well-known/did.json".to_owned(),
        path => format!("{path}/did.json"),
    }
}

/// The credential that ties the domain to the DID (DIF Well Known DID Configuration section 4), to be signed in the hour of `now`.
pub fn domain_linkage(issuer: &Issuer, key: &SigningKey, now: Timestamp) -> Prepared {
    let from = crate::credential::hour(now);
    let until = from.plus_seconds(LINKAGE_SECONDS);
    let did = issuer.did();
    let claims = json!({
        "iss": did,
        "sub": did,
        "nbf": from.unix_seconds(),
        "exp": until.unix_seconds(),
        "vc": {
            "@context": [
                "https://www.w3.org/2018/credentials/v1",
                "https://identity.foundation/.well-known/did-configuration/v1",
            ],
            "issuer": did,
            "issuanceDate": from.to_rfc3339(),
            "expirationDate": until.to_rfc3339(),
            "type": ["VerifiableCredential", "DomainLinkageCredential"],
            "credentialSubject": {"id": did, "origin": issuer.origin()},
        },
    });
    let kid = format!("{did}#{}", key.fragment);
    let header = Header::new(Algorithm::Es256).with_kid(kid);
    Prepared::new(&header, claims.to_string().as_bytes())
}

/// `/.well-known/did-configuration.json` around the signed linkage.
pub fn configuration(linkage: &str) -> Value {
    json!({
        "@context": "https://identity.foundation/.well-known/did-configuration/v1",
        "linked_dids": [linkage],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::{NOW, public};

    fn keys() -> Vec<SigningKey> {
        [(1, "key-1"), (2, "key-2")]
            .map(|(seed, fragment)| SigningKey {
                key: public(seed),
                fragment: fragment.into(),
                x5c: Vec::new(),
            })
            .to_vec()
    }

    #[test]
    fn each_key_is_found_by_both_generations() {
        let issuer = Issuer::new("https://seal.example").unwrap();
        let document = document(&issuer, &keys());
        let methods = document["verificationMethod"].as_array().unwrap();
        assert_eq!(methods.len(), 4);
        assert_eq!(methods[0]["id"], "did:web:seal.example#key-1");
        assert_eq!(methods[0]["type"], "JsonWebKey2020");
        assert_eq!(methods[1]["type"], "JsonWebKey");
        assert_eq!(
            methods[1]["id"],
            format!("did:web:seal.example#{}", keys()[0].thumbprint())
        );
        assert_eq!(document["assertionMethod"].as_array().map(Vec::len), Some(4));
        assert_eq!(
            jwt_vc_issuer(&issuer, &keys())["jwks"]["keys"]
                .as_array()
                .map(Vec::len),
            Some(2)
        );
    }

    #[test]
    fn documents_are_where_readers_look() {
        let plain = Issuer::new("https://seal.example").unwrap();
        let tenant = Issuer::new("https://seal.example/a").unwrap();
        assert_eq!(document_path(&plain), "/.well-known/did.json");
        assert_eq!(document_path(&tenant), "/a/did.json");
        assert_eq!(jwt_vc_issuer_paths(&tenant)[0], "/.well-known/jwt-vc-issuer/a");
        let linkage = domain_linkage(&tenant, &keys()[0], Timestamp::from_unix_seconds(NOW));
        let text = linkage.complete(&[1; 64]);
        let claims = idp_jose::jws::parse(&text, 10_000)
            .unwrap()
            .peek_unverified_claims()
            .unwrap();
        assert_eq!(
            claims["vc"]["credentialSubject"]["origin"],
            "https://seal.example"
        );
        assert_eq!(configuration(&text)["linked_dids"][0], text.as_str());
    }
}
