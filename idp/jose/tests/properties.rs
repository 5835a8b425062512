//! Properties of every parser: no input makes it panic, and what was written is read back.

#[cfg(test)]
mod properties {
    use data_encoding::BASE64URL_NOPAD;
    use idp_jose::jwe::{self, ContentEncryption, EcdhSecretKey, EncryptionRandomness, JweHeader};
    use idp_jose::jws::{Header, Prepared};
    use idp_jose::sd_jwt::{Disclosure, SdJwt, SdJwtIssuance};
    use idp_jose::status_list::StatusList;
    use idp_jose::{Algorithm, Jwk, fuzzing, json, jws};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::Value;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("finite", |number| number.is_finite())
                .prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..6).prop_map(Value::from),
                vec((member_name(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Names that mean something to some parser here, and others.
    fn member_name() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "alg",
                "typ",
                "kid",
                "crit",
                "b64",
                "epk",
                "enc",
                "kty",
                "crv",
                "x",
                "y",
                "n",
                "e",
                "keys",
                "x5c",
                "use",
                "_sd",
                "...",
                "_sd_alg",
                "cnf",
                "jwk",
                "aud",
                "exp",
                "iat",
                "nbf",
                "status",
                "status_list",
                "bits",
                "lst",
            ])
            .prop_map(str::to_owned),
            "[a-z]{1,6}",
        ]
    }

    fn every_parser(data: &[u8]) {
        fuzzing::json(data);
        fuzzing::jwk(data);
        fuzzing::jwk_set(data);
        fuzzing::keys(data);
        fuzzing::ecdsa_signature(data);
        fuzzing::jws(data);
        fuzzing::jwt(data);
        fuzzing::sd_jwt(data);
        fuzzing::sd_jwt_processing(data);
        fuzzing::jwe(data);
        fuzzing::status_list(data);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(data in vec(any::<u8>(), 0..600)) {
            every_parser(&data);
        }

        #[test]
        fn no_text_panics(text in "[A-Za-z0-9_.~=-]{0,300}") {
            every_parser(text.as_bytes());
        }

        #[test]
        fn no_json_panics(value in any_json()) {
            every_parser(value.to_string().as_bytes());
        }

        #[test]
        fn no_tokens_of_json_panic(parts in vec(any_json(), 1..6), separator in "[.~]") {
            let parts: Vec<String> =
                parts.iter().map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes())).collect();
            every_parser(parts.join(&separator).as_bytes());
            every_parser(format!("{}..AA~{}~", parts.join("."), parts.join("~")).as_bytes());
        }

        #[test]
        fn processing_never_panics(payload in any_json(), disclosures in vec(any_json(), 0..4)) {
            let lines: Vec<String> =
                std::iter::once(&payload).chain(&disclosures).map(Value::to_string).collect();
            fuzzing::sd_jwt_processing(lines.join("\n").as_bytes());
        }

        #[test]
        fn strict_json_reads_what_the_ordinary_writer_wrote(value in any_json()) {
            let text = value.to_string();
            let ordinary: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(json::parse(text.as_bytes(), text.len()), Ok(ordinary));
        }

        #[test]
        fn a_header_is_read_as_it_was_written(kid in ".{0,20}", typ in ".{0,20}", other in any_json()) {
            let header = Header::new(Algorithm::Es256).with_kid(kid).with_typ(typ).with("other", other);
            let compact = Prepared::new(&header, b"{}").complete(&[1; 64]);
            let parsed = jws::parse(&compact, compact.len()).unwrap();
            prop_assert_eq!(&parsed.header().kid, &header.kid);
            prop_assert_eq!(&parsed.header().typ, &header.typ);
        }

        #[test]
        fn a_credential_is_read_as_it_was_issued(
            names in prop::collection::btree_set("[a-z]{4,9}", 0..12),
            value in ".{0,40}",
        ) {
            let disclosures = names.iter().zip(0..).map(|(name, salt)| Disclosure::new([salt; 16], name, value.as_str()));
            let header = Header::new(Algorithm::Es256).with_typ("example+sd-jwt");
            let Ok(issuance) = SdJwtIssuance::new(&header, json::Map::new(), disclosures.collect()) else {
                return Err(TestCaseError::reject("a reserved name"));
            };
            let text = issuance.complete(&[1; 64]);
            let credential = SdJwt::parse(&text, text.len()).unwrap();
            let read: Vec<_> = credential.disclosures().filter_map(|view| view.name()).collect();
            prop_assert!(read.iter().eq(names.iter()));
            prop_assert!(credential.disclosures().all(|view| view.value() == value.as_str()));
            let everything = credential.present(|_| true);
            prop_assert_eq!(everything.as_str(), text);
        }

        #[test]
        fn what_is_encrypted_is_decrypted(
            plaintext in vec(any::<u8>(), 0..200),
            secret in 1..=250_u8,
            ephemeral in 1..=250_u8,
            iv in any::<[u8; 12]>(),
        ) {
            let recipient = EcdhSecretKey::from_scalar(&[secret; 32]).unwrap();
            let randomness = EncryptionRandomness { scalar: [ephemeral; 32].into(), iv };
            let header = JweHeader::new(ContentEncryption::A256Gcm);
            let text = jwe::encrypt(recipient.public_key(), &header, &plaintext, randomness).unwrap();
            let decrypted = jwe::decrypt(&text, &recipient, text.len()).unwrap();
            prop_assert_eq!(decrypted.plaintext.as_slice(), plaintext.as_slice());
            let jwk = Jwk::new(recipient.public_key().clone()).named_by_thumbprint();
            prop_assert_eq!(Jwk::parse(jwk.to_value().to_string().as_bytes()), Ok(jwk));
        }

        #[test]
        fn a_status_list_is_read_as_it_was_written(bytes in vec(any::<u8>(), 0..3000)) {
            let list = StatusList::from_bytes(bytes);
            prop_assert_eq!(StatusList::decode(&list.encode(), list.len()), Ok(list));
        }
    }
}
