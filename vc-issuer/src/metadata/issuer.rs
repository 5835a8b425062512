//! Credential issuer metadata (OpenID4VCI section 12.2), one document for each identifier.

use data_encoding::BASE64;
use idp_jose::jwe::ContentEncryption;
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use idp_types::Timestamp;
use serde_json::{Map, Value, json};

use super::configuration::{described, draft11};
use crate::configuration::{Configuration, Profile};
use crate::format::{Format, SigningKey};
use crate::issuer::Issuer;
use crate::request::encryption::{ALG, ENC};

/// The type of signed metadata.
pub const SIGNED_TYP: &str = "openidvci-issuer-metadata+jwt";

/// What the document depends on besides the issuer.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The most credentials of one request, at least two.
    pub batch_size: usize,
    /// The key to which requests may be encrypted, with its name.
    pub encryption_key: &'a Jwk,
    /// The authorization server.
    pub authorization_server: &'a str,
    /// What the issuer is called.
    pub name: &'a str,
    /// Its logo, an address.
    pub logo: Option<&'a str>,
}

/// The document. Every address is absolute, every configuration has `credential_metadata`: a wallet that looks for a generation
/// takes it for that of 1.0.
pub fn metadata(issuer: &Issuer, profile: Profile, facts: &Facts<'_>) -> Value {
    let base = issuer.base();
    let configurations: Map<String, Value> = profile
        .configurations()
        .map(|own| (own.to_string(), described(issuer, profile, own)))
        .collect();
    let mut document = json!({
        "credential_issuer": profile.identifier(issuer),
        "authorization_servers": [facts.authorization_server],
        "credential_endpoint": endpoint(base, profile, "issue"),
        "deferred_credential_endpoint": endpoint(base, profile, "deferred"),
        "notification_endpoint": endpoint(base, profile, "notification"),
        "nonce_endpoint": format!("{base}/credentials/nonce"),
        "credential_request_encryption": request_encryption(facts.encryption_key),
        "credential_response_encryption": {
            "alg_values_supported": [ALG],
            "enc_values_supported": ENC.map(ContentEncryption::name),
            "encryption_required": false,
        },
        "batch_credential_issuance": {"batch_size": facts.batch_size},
        "display": [display(facts)],
        "credential_configurations_supported": configurations,
    });
    if profile == Profile::Root {
        let legacy = old_configurations(profile).map(draft11).collect::<Vec<_>>();
        insert(&mut document, "credentials_supported", legacy.into());
    }
    document
}

/// The address of an endpoint: the seed's `/credentials/issue`, and beside it under each other identifier.
pub fn endpoint(base: &str, profile: Profile, name: &str) -> String {
    format!("{base}{}/credentials/{name}", profile.suffix())
}

/// Wallets of draft 11 know `jwt_vc_json` alone.
fn old_configurations(profile: Profile) -> impl Iterator<Item = Configuration> {
    profile
        .configurations()
        .filter(|configuration| configuration.format == Format::JwtVcJson)
}

fn request_encryption(key: &Jwk) -> Value {
    let mut key = key.clone();
    key.alg = Some(ALG.to_owned());
    key.use_ = Some("enc".to_owned());
    json!({
        "jwks": {"keys": [key.to_value()]},
        "enc_values_supported": ENC.map(ContentEncryption::name),
        "encryption_required": false,
    })
}

/// Logos have the member of the drafts and that of 1.0.
fn display(facts: &Facts<'_>) -> Value {
    let mut display = json!({"name": facts.name, "locale": "en"});
    if let Some(logo) = facts.logo {
        insert(
            &mut display,
            "logo",
            json!({"uri": logo, "url": logo, "alt_text": facts.name}),
        );
    }
    display
}

fn insert(document: &mut Value, name: &str, value: Value) {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The same, to be signed (section 12.2.3), with the certificates and without their anchor.
pub fn signed_metadata(
    issuer: &Issuer,
    profile: Profile,
    facts: &Facts<'_>,
    key: &SigningKey,
    now: Timestamp,
) -> Prepared {
    let mut claims = metadata(issuer, profile, facts);
    insert(&mut claims, "sub", profile.identifier(issuer).into());
    insert(&mut claims, "iss", profile.identifier(issuer).into());
    insert(&mut claims, "iat", now.unix_seconds().into());
    let mut header = Header::new(Algorithm::Es256).with_typ(SIGNED_TYP);
    if key.x5c.is_empty() {
        header = header.with_kid(key.thumbprint());
    } else {
        let chain: Vec<Value> = key.x5c.iter().map(|der| BASE64.encode(der).into()).collect();
        header = header.with("x5c", chain);
    }
    Prepared::new(&header, claims.to_string().as_bytes())
}

/// The paths at which wallets look for the document of an identifier: inserted as 1.0 has it, and appended as the drafts had it.
pub fn well_known_paths(issuer: &Issuer, profile: Profile, name: &str) -> [String; 2] {
    let path = format!("{}{}", issuer.path(), profile.suffix());
    [
        format!("/.well-known/{name}{path}"),
        format!("{path}/.well-known/{name}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::{NOW, public};

    fn document(profile: Profile) -> Value {
        let issuer = Issuer::new("https://seal.example").unwrap();
        let key = Jwk::new(public(7)).named_by_thumbprint();
        metadata(&issuer, profile, &facts(&key))
    }

    fn facts(key: &Jwk) -> Facts<'_> {
        Facts {
            batch_size: 10,
            encryption_key: key,
            authorization_server: "https://seal.example",
            name: "IDToken Seal",
            logo: Some("https://seal.example/logo.svg"),
        }
    }

    #[test]
    fn the_root_document_is_read_by_old_and_new_wallets() {
        let root = document(Profile::Root);
        assert_eq!(root["credential_issuer"], "https://seal.example");
        assert_eq!(
            root["credential_endpoint"],
            "https://seal.example/credentials/issue"
        );
        let old = root["credentials_supported"].as_array().unwrap();
        assert_eq!(old.len(), 3);
        let new = root["credential_configurations_supported"].as_object().unwrap();
        assert_eq!(new.len(), 10);
        for entry in old {
            assert!(
                new.contains_key(entry["id"].as_str().unwrap()),
                "an entry without id is dropped by wallets"
            );
        }
        for (id, entry) in new {
            assert!(entry["credential_metadata"]["claims"].is_array(), "{id}");
            let is_bound = entry.get("cryptographic_binding_methods_supported").is_some();
            assert_eq!(is_bound, entry.get("proof_types_supported").is_some(), "{id}");
            assert_eq!(entry["scope"], id.as_str());
        }
        assert_eq!(new["proof_of_age"]["doctype"], "eu.europa.ec.av.1");
        assert_eq!(
            new["proof_of_age"]["credential_signing_alg_values_supported"],
            json!([-7])
        );
    }

    #[test]
    fn the_other_documents_have_nothing_old() {
        for profile in [Profile::Haip, Profile::W3c] {
            let other = document(profile);
            assert!(other.get("credentials_supported").is_none());
            let formats: Vec<&str> = other["credential_configurations_supported"]
                .as_object()
                .unwrap()
                .values()
                .filter_map(|entry| entry["format"].as_str())
                .collect();
            assert!(!formats.contains(&"jwt_vc_json"));
        }
        assert_eq!(
            document(Profile::Haip)["credential_issuer"],
            "https://seal.example/haip"
        );
    }

    #[test]
    fn every_address_is_absolute_and_every_path_is_looked_at() {
        for profile in Profile::ALL {
            let document = document(profile);
            for (name, value) in document.as_object().unwrap() {
                if name.ends_with("_endpoint") {
                    assert!(value.as_str().unwrap().starts_with("https://"), "{name}");
                }
            }
        }
        for (base, profile, paths) in [
            ("https://h", Profile::Root, ["/.well-known/x", "/.well-known/x"]),
            (
                "https://h",
                Profile::Haip,
                ["/.well-known/x/haip", "/haip/.well-known/x"],
            ),
            (
                "https://h/a",
                Profile::Root,
                ["/.well-known/x/a", "/a/.well-known/x"],
            ),
            (
                "https://h/a",
                Profile::W3c,
                ["/.well-known/x/a/w3c", "/a/w3c/.well-known/x"],
            ),
        ] {
            let issuer = Issuer::new(base).unwrap();
            assert_eq!(
                well_known_paths(&issuer, profile, "x"),
                paths,
                "{base} {profile:?}"
            );
        }
    }

    #[test]
    fn signed_metadata_has_every_member_at_the_top() {
        let issuer = Issuer::new("https://seal.example").unwrap();
        let encryption = Jwk::new(public(7)).named_by_thumbprint();
        let key = SigningKey {
            key: public(1),
            fragment: "key-1".into(),
            x5c: vec![vec![1]],
        };
        let now = Timestamp::from_unix_seconds(NOW);
        let prepared = signed_metadata(&issuer, Profile::Haip, &facts(&encryption), &key, now);
        let text = prepared.complete(&[1; 64]);
        let parsed = idp_jose::jws::parse(&text, 1 << 20).unwrap();
        assert_eq!(parsed.header().typ.as_deref(), Some(SIGNED_TYP));
        let claims = parsed.peek_unverified_claims().unwrap();
        assert_eq!(claims["sub"], "https://seal.example/haip");
        assert!(claims.contains_key("credential_configurations_supported"));
    }
}
