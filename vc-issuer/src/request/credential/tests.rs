use serde_json::json;

use super::*;

fn parse(profile: Profile, was_encrypted: bool, body: &Value) -> Result<CredentialRequest, ErrorCode> {
    let issuer = Issuer::new("https://seal.example").unwrap();
    let arrival = Arrival {
        issuer: &issuer,
        profile,
        was_encrypted,
        batch_size: 2,
    };
    CredentialRequest::parse(body.to_string().as_bytes(), &arrival).map_err(|error| error.code)
}

fn root(body: &Value) -> Result<CredentialRequest, ErrorCode> {
    parse(Profile::Root, false, body)
}

const IDENTITY: &str = "IDTokenSealIdentityCredential_dc_sd_jwt";

#[test]
fn generations_are_told_apart_by_shape() {
    let types = json!(["VerifiableCredential", "IDTokenSealIdentityCredential"]);
    let cases = [
        (
            json!({"credential_configuration_id": IDENTITY}),
            Dialect::Final,
            Format::DcSdJwt,
        ),
        (
            json!({"format": "jwt_vc_json", "credential_definition": {"type": types}}),
            Dialect::Draft13,
            Format::JwtVcJson,
        ),
        (
            json!({"format": "jwt_vc_json", "types": types}),
            Dialect::Draft11,
            Format::JwtVcJson,
        ),
        (
            json!({"format": "vc+sd-jwt", "vct": "https://seal.example/credentials/types/identity/1"}),
            Dialect::Draft13,
            Format::DcSdJwt,
        ),
        (
            json!({"format": "mso_mdoc", "doctype": "example.seal.identity.1"}),
            Dialect::Draft13,
            Format::MsoMdoc,
        ),
    ];
    for (body, dialect, format) in cases {
        let request = root(&body).unwrap();
        let configuration = Configuration {
            credential_type: CredentialType::Identity,
            format,
        };
        assert_eq!(
            (request.dialect, request.wanted),
            (dialect, Wanted::Configuration(configuration)),
            "{body}"
        );
        if dialect != Dialect::Final {
            assert_eq!(
                parse(Profile::Haip, false, &body).map(|_| ()),
                Err(ErrorCode::InvalidCredentialRequest)
            );
        }
    }
    let w3c = json!({"format": "vc+sd-jwt", "credential_definition": {"type": types}});
    let request = parse(Profile::W3c, false, &w3c).unwrap();
    assert!(matches!(request.wanted, Wanted::Configuration(found) if found.format == Format::VcSdJwt));
}

#[test]
fn what_does_not_exist_has_its_own_code() {
    let cases = [
        (json!({}), ErrorCode::InvalidCredentialRequest),
        (
            json!({"credential_configuration_id": ""}),
            ErrorCode::InvalidCredentialRequest,
        ),
        (
            json!({"credential_configuration_id": 5}),
            ErrorCode::InvalidCredentialRequest,
        ),
        (
            json!({"credential_configuration_id": "x"}),
            ErrorCode::UnknownCredentialConfiguration,
        ),
        (
            json!({"credential_configuration_id": IDENTITY, "credential_identifier": "i"}),
            ErrorCode::InvalidCredentialRequest,
        ),
        (
            json!({"format": "ldp_vc", "types": []}),
            ErrorCode::UnsupportedCredentialFormat,
        ),
        (
            json!({"format": "jwt_vc_json", "types": ["VerifiableCredential", "Other"]}),
            ErrorCode::UnsupportedCredentialType,
        ),
        (
            json!({"format": "jwt_vc_json"}),
            ErrorCode::InvalidCredentialRequest,
        ),
        (
            json!({"format": "jwt_vc_json", "types": [1]}),
            ErrorCode::InvalidCredentialRequest,
        ),
        (json!([]), ErrorCode::InvalidCredentialRequest),
    ];
    for (body, expected) in cases {
        assert_eq!(root(&body).map(|_| ()), Err(expected), "{body}");
    }
    let issuer = Issuer::new("https://seal.example").unwrap();
    let arrival = Arrival {
        issuer: &issuer,
        profile: Profile::Root,
        was_encrypted: false,
        batch_size: 2,
    };
    let twice = br#"{"credential_identifier":"a","credential_identifier":"b"}"#;
    assert!(CredentialRequest::parse(twice, &arrival).is_err());
}

#[test]
fn proofs_are_of_one_kind_and_within_the_batch() {
    let with = |name: &str, proofs: Value| {
        let mut body = json!({"credential_configuration_id": IDENTITY});
        body[name] = proofs;
        root(&body).map(|request| request.proofs)
    };
    assert_eq!(
        with("proofs", json!({"jwt": ["a", "b"]})),
        Ok(Proofs::Jwt(vec!["a".into(), "b".into()]))
    );
    assert_eq!(
        with("proofs", json!({"attestation": ["a"]})),
        Ok(Proofs::Attestation("a".into()))
    );
    assert_eq!(
        with("proof", json!({"proof_type": "jwt", "jwt": "a"})),
        Ok(Proofs::Jwt(vec!["a".into()]))
    );
    for wrong in [
        json!({}),
        json!({"jwt": []}),
        json!({"jwt": "a"}),
        json!({"jwt": ["a"], "attestation": ["b"]}),
        json!({"attestation": ["a", "b"]}),
        json!({"di_vp": ["a"]}),
        json!("a"),
    ] {
        assert_eq!(
            with("proofs", wrong.clone()),
            Err(ErrorCode::InvalidProof),
            "{wrong}"
        );
    }
    let many = with("proofs", json!({"jwt": ["a", "b", "c"]}));
    assert_eq!(many, Err(ErrorCode::InvalidCredentialRequest));
    let both = json!({"credential_configuration_id": IDENTITY, "proof": {"proof_type": "jwt", "jwt": "a"}, "proofs": {"jwt": ["a"]}});
    assert_eq!(root(&both).map(|_| ()), Err(ErrorCode::InvalidCredentialRequest));
}

#[test]
fn an_encrypted_answer_needs_an_encrypted_request() {
    let mut jwk = idp_jose::Jwk::new(crate::format::tests::public(3)).to_value();
    jwk["alg"] = "ECDH-ES".into();
    let body = json!({
        "credential_configuration_id": IDENTITY,
        "credential_response_encryption": {"jwk": jwk, "enc": "A128GCM"},
    });
    assert!(parse(Profile::Haip, true, &body).unwrap().encryption.is_some());
    let open = parse(Profile::Haip, false, &body).map(|_| ());
    assert_eq!(open, Err(ErrorCode::InvalidEncryptionParameters));
}
