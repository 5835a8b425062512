//! The examples of the standards, read from `tests/vectors`.

#[cfg(test)]
mod vectors {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, RSA_PKCS1_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
    };
    use data_encoding::BASE64URL_NOPAD;
    use idp_jose::jws::{self, Expectation};
    use idp_jose::sd_jwt::{self, PresentationExpectation, SdJwt};
    use idp_jose::{Algorithm, Jwk, JwkSet, P256Verifier, PublicKey, SignatureError, Verifier};
    use serde_json::Value;

    /// The native verifier, as a server injects it.
    struct Native;

    impl Verifier for Native {
        fn verify(
            &self,
            algorithm: Algorithm,
            key: &PublicKey,
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), SignatureError> {
            let (method, bytes): (&'static dyn VerificationAlgorithm, Vec<u8>) = match (algorithm, key) {
                (Algorithm::Es256, PublicKey::P256(key)) => {
                    (&ECDSA_P256_SHA256_FIXED, key.to_sec1().to_vec())
                }
                (Algorithm::Rs256, PublicKey::Rsa(key)) => (&RSA_PKCS1_2048_8192_SHA256, key.to_pkcs1_der()),
                (Algorithm::Ps256, PublicKey::Rsa(key)) => (&RSA_PSS_2048_8192_SHA256, key.to_pkcs1_der()),
                (Algorithm::EdDsa, PublicKey::Ed25519(key)) => (&ED25519, key.as_bytes().to_vec()),
                _ => return Err(SignatureError::Unsupported),
            };
            UnparsedPublicKey::new(method, bytes)
                .verify(message, signature)
                .map_err(|_| SignatureError::Invalid)
        }
    }

    fn vector(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
        vector[name].as_str().unwrap()
    }

    fn verify_jws(vector: &Value, verifier: &dyn Verifier, algorithm: Algorithm) -> Value {
        Value::Object(verified(vector, verifier, algorithm).claims().unwrap())
    }

    fn verified(vector: &Value, verifier: &dyn Verifier, algorithm: Algorithm) -> jws::Verified {
        let key = Jwk::from_value(&vector["jwk"]).unwrap().key;
        let parsed = jws::parse(text(vector, "jws"), 4096).unwrap();
        let expectation = Expectation {
            algorithms: &[algorithm],
            typ: "JWT",
        };
        parsed.verify_untyped(verifier, &key, &expectation).unwrap()
    }

    #[test]
    fn rfc_7515_appendix_a_2_rs256() {
        let vector = vector(include_str!("vectors/rfc7515-a2.json"));
        assert_eq!(verify_jws(&vector, &Native, Algorithm::Rs256)["iss"], "joe");
    }

    #[test]
    fn rfc_7515_appendix_a_3_es256_in_both_verifiers() {
        let vector = vector(include_str!("vectors/rfc7515-a3.json"));
        for verifier in [&Native as &dyn Verifier, &P256Verifier] {
            assert_eq!(
                verify_jws(&vector, verifier, Algorithm::Es256)["exp"],
                1_300_819_380
            );
        }
    }

    #[test]
    fn ps256_through_the_native_verifier() {
        use aws_lc_rs::rand::SystemRandom;
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256};

        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let key = idp_jose::RsaPublicKey::from_pkcs1_der(public.as_ref()).unwrap();
        assert_eq!(key.to_pkcs1_der(), public.as_ref());
        let key = PublicKey::Rsa(key);
        for algorithm in [Algorithm::Ps256, Algorithm::Rs256] {
            let header = jws::Header::new(algorithm).with_typ("JWT");
            let prepared = jws::Prepared::new(&header, b"{}");
            let mut signature = vec![0; pair.public_modulus_len()];
            let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match algorithm {
                Algorithm::Ps256 => &RSA_PSS_SHA256,
                _ => &RSA_PKCS1_SHA256,
            };
            pair.sign(
                padding,
                &SystemRandom::new(),
                prepared.signing_input(),
                &mut signature,
            )
            .unwrap();
            let compact = prepared.complete(&signature);
            let parsed = jws::parse(&compact, 4096).unwrap();
            let expectation = Expectation {
                algorithms: &[algorithm],
                typ: "JWT",
            };
            assert!(parsed.verify(&Native, &key, &expectation).is_ok());
        }
    }

    #[test]
    fn rfc_7520_section_4_1_rs256() {
        let vector = vector(include_str!("vectors/rfc7520-4.1.json"));
        let verified = verified(&vector, &Native, Algorithm::Rs256);
        assert_eq!(
            BASE64URL_NOPAD.encode(verified.payload()),
            text(&vector, "payload")
        );
        assert_eq!(
            verified.header().kid.as_deref(),
            Some("bilbo.baggins@hobbiton.example")
        );
    }

    #[test]
    fn rfc_8037_appendix_a_3_thumbprint() {
        let vector = vector(include_str!("vectors/rfc8037-a.json"));
        let jwk = Jwk::from_value(&vector["jwk"]).unwrap();
        assert_eq!(jwk.thumbprint_base64url(), text(&vector, "thumbprint"));
        assert_eq!(jwk.to_value(), vector["jwk"]);
    }

    #[test]
    fn rfc_8037_appendix_a_4_is_prepared_signed_and_verified() {
        let vector = vector(include_str!("vectors/rfc8037-a.json"));
        let seed = BASE64URL_NOPAD
            .decode(text(&vector, "private").as_bytes())
            .unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let header = jws::Header::new(Algorithm::EdDsa);
        let prepared = jws::Prepared::new(&header, text(&vector, "payload").as_bytes());
        let signature = pair.sign(prepared.signing_input());
        assert_eq!(prepared.complete(signature.as_ref()), text(&vector, "jws"));

        let verified = verified(&vector, &Native, Algorithm::EdDsa);
        assert_eq!(verified.payload(), text(&vector, "payload").as_bytes());
        let key = Jwk::from_value(&vector["jwk"]).unwrap().key;
        assert_eq!(
            P256Verifier.verify(Algorithm::EdDsa, &key, b"", &[0; 64]),
            Err(SignatureError::Unsupported)
        );
    }

    #[test]
    fn rfc_7517_appendix_a_1_set() {
        let vector = vector(include_str!("vectors/rfc7517-a.1.json"));
        let published = vector["set"].to_string();
        let set = JwkSet::parse(published.as_bytes(), JwkSet::LIMIT).unwrap();
        assert_eq!(set.to_value(), vector["set"]);
        assert!(set.find(Some("2011-04-29"), Algorithm::Rs256).is_some());
        assert!(set.find(None, Algorithm::Rs256).is_some());
        assert_eq!(set.find(Some("2011-04-29"), Algorithm::Ps256), None);
        assert_eq!(set.find(Some("1"), Algorithm::Es256), None, "for encryption");
    }

    #[test]
    fn rfc_7517_appendix_b_certificate() {
        let vector = vector(include_str!("vectors/rfc7517-b.json"));
        let jwk = Jwk::from_value(&vector["jwk"]).unwrap();
        let chain = jwk.x5c.as_deref().unwrap();
        assert_eq!((chain.len(), &chain[0][..4]), (1, &[0x30, 0x82, 0x03, 0x42][..]));
        assert_eq!(jwk.to_value(), vector["jwk"]);
    }

    #[test]
    fn rfc_7638_section_3_1_thumbprint() {
        let vector = vector(include_str!("vectors/rfc7638-3.1.json"));
        let jwk = Jwk::from_value(&vector["jwk"]).unwrap();
        assert_eq!(jwk.thumbprint_base64url(), text(&vector, "thumbprint"));
    }

    #[test]
    fn rfc_9901_section_5_presentation() {
        let vector = vector(include_str!("vectors/rfc9901-5.json"));
        let expectation = PresentationExpectation {
            typ: text(&vector, "typ"),
            audience: text(&vector, "audience"),
            nonce: text(&vector, "nonce"),
            now: vector["bound_at"].as_i64().unwrap() + 1,
            max_age: 60,
            leeway: 0,
            limit: 8192,
        };
        let key = Jwk::from_value(&vector["issuer"]).unwrap().key;
        for verifier in [&Native as &dyn Verifier, &P256Verifier] {
            let verified =
                sd_jwt::verify(text(&vector, "presentation"), verifier, &key, &expectation).unwrap();
            assert_eq!(Value::Object(verified.claims), vector["claims"]);
            assert_eq!(Value::Object(verified.disclosed), vector["disclosed"]);
        }
    }

    #[test]
    fn rfc_9901_section_5_credential_in_the_holders_hands() {
        let vector = vector(include_str!("vectors/rfc9901-5.json"));
        let issuer_jwt = text(&vector, "presentation").split('~').next().unwrap();
        let disclosures: Vec<&str> = vector["disclosures"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let credential = SdJwt::parse(&format!("{issuer_jwt}~{}~", disclosures.join("~")), 8192).unwrap();
        assert_eq!(credential.disclosures().count(), 10);
        let shown = credential.present(|name| name == "birthdate");
        assert_eq!(shown.as_str(), format!("{issuer_jwt}~{}~", disclosures[6]));
    }
}
