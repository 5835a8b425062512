//! One configuration as it is described: for 1.0, and for draft 11.

use idp_jose::Algorithm;
use serde_json::{Map, Value, json};

use crate::configuration::{Configuration, Profile};
use crate::credential::{Attribute, CredentialType, Vocabulary};
use crate::format::Format;
use crate::issuer::Issuer;
use crate::request::proof;

const V2_CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";

/// An entry of `credential_configurations_supported`.
pub(super) fn described(issuer: &Issuer, profile: Profile, configuration: Configuration) -> Value {
    // Where everything else is ES256, so are proofs.
    let is_narrow = profile.is_high_assurance() || configuration.format == Format::MsoMdoc;
    let algorithms: Vec<&str> = proof::ALGORITHMS
        .into_iter()
        .map(Algorithm::name)
        .filter(|name| !is_narrow || *name == Algorithm::Es256.name())
        .collect();
    let mut entry = json!({
        "format": configuration.format.as_str(),
        "scope": configuration.to_string(),
        "credential_signing_alg_values_supported": signing_algorithms(configuration.format),
        "cryptographic_binding_methods_supported": binding_methods(configuration.format),
        "proof_types_supported": {
            "jwt": {"proof_signing_alg_values_supported": algorithms},
            // Without the member the European library throws.
            "attestation": {"proof_signing_alg_values_supported": algorithms, "key_attestations_required": {}},
        },
        "credential_metadata": {
            "display": [display(configuration.credential_type)],
            "claims": claims(issuer, configuration),
        },
        // Where the drafts had it.
        "display": [display(configuration.credential_type)],
    });
    if let Some(members) = entry.as_object_mut() {
        if profile.is_high_assurance() {
            members.remove("display");
        }
        members.extend(defined(issuer, configuration));
    }
    entry
}

/// COSE numbers for mdoc (OpenID4VCI appendix A.2.2), JOSE names for the rest.
fn signing_algorithms(format: Format) -> Value {
    match format {
        Format::MsoMdoc => json!([-7]),
        _ => json!(["ES256"]),
    }
}

fn binding_methods(format: Format) -> Value {
    match format {
        Format::MsoMdoc => json!(["cose_key"]),
        Format::DcSdJwt => json!(["jwk"]),
        Format::VcJwt | Format::VcSdJwt | Format::JwtVcJson | Format::Seed => {
            json!(["jwk", "did:jwk", "did:key"])
        }
    }
}

/// What defines the type in its format (appendix A).
fn defined(issuer: &Issuer, configuration: Configuration) -> Map<String, Value> {
    let kind = configuration.credential_type;
    let types = json!(["VerifiableCredential", kind.name()]);
    let (name, value) = match configuration.format {
        Format::DcSdJwt => ("vct", issuer.vct(kind).into()),
        Format::MsoMdoc => ("doctype", issuer.doc_type(kind).into()),
        Format::JwtVcJson | Format::Seed => ("credential_definition", json!({"type": types})),
        Format::VcJwt | Format::VcSdJwt => (
            "credential_definition",
            json!({"@context": [V2_CONTEXT, issuer.context().address()], "type": types}),
        ),
    };
    Map::from_iter([(name.to_owned(), value)])
}

fn display(credential_type: CredentialType) -> Value {
    let (name, description) = credential_type.display();
    json!({"name": name, "description": description, "locale": "en"})
}

/// Claims as paths (appendix C).
fn claims(issuer: &Issuer, configuration: Configuration) -> Vec<Value> {
    let (kind, format) = (configuration.credential_type, configuration.format);
    let path = |attribute: Attribute| {
        let name = attribute.name(format.vocabulary());
        match format.vocabulary() {
            Vocabulary::W3c => json!(["credentialSubject", name]),
            Vocabulary::SdJwtVc => json!([name]),
            Vocabulary::Mdoc => json!([issuer.doc_type(kind), name]),
        }
    };
    let described = |attribute: &Attribute| {
        json!({
            "path": path(*attribute),
            "mandatory": kind.essential().contains(attribute),
            "display": [{"name": attribute.label(), "locale": "en"}],
        })
    };
    kind.attributes().iter().map(described).collect()
}

/// An entry of `credentials_supported`, the seed's with the identifier that wallets need.
pub(super) fn draft11(configuration: Configuration) -> Value {
    json!({
        "id": configuration.to_string(),
        "format": configuration.format.as_str(),
        "types": ["VerifiableCredential", configuration.credential_type.name()],
        "cryptographic_binding_methods_supported": ["did:web", "did:jwk", "did:key", "jwk"],
        "cryptographic_suites_supported": ["ES256"],
        "display": [display(configuration.credential_type)],
    })
}
