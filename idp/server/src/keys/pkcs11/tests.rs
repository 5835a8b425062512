//! Against SoftHSM: `IDP_TEST_PKCS11` names its module and `SOFTHSM2_CONF` its configuration; `tests/run` sets both.

use std::process::{Command, Stdio};

use idp_jose::Verifier as _;

use super::*;
use crate::crypto::AwsVerifier;
use crate::keys::Signer;

const PIN: &str = "1234";

fn module() -> String {
    std::env::var("IDP_TEST_PKCS11")
        .expect("IDP_TEST_PKCS11 names the module of SoftHSM; `tests/run` sets it")
}

/// A fresh token.
fn create() -> String {
    let label = format!(
        "unit-{}",
        idp_types::encoding::lowerhex(&crate::crypto::random::<6>().unwrap())
    );
    let made = Command::new("softhsm2-util")
        .args([
            "--init-token",
            "--free",
            "--label",
            &label,
            "--pin",
            PIN,
            "--so-pin",
            "5678",
        ])
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "the package softhsm2");
    label
}

fn settings(label: &str) -> Pkcs11Config {
    Pkcs11Config::at(&module(), label, PIN, &[]).unwrap()
}

#[tokio::test]
async fn every_algorithm_signs_in_the_token_what_the_verifier_accepts() {
    let token = Token::open(settings(&create())).await.unwrap();
    let mut ids = Vec::new();
    for purpose in idp_core::keys::KeyPurpose::ALL {
        let algorithm: idp_jose::Algorithm = purpose.algorithm_name().parse().unwrap();
        let (id, public) = token.generate(purpose, algorithm).await.unwrap();
        ids.push(id.clone());
        let signer = TokenSigner {
            token: token.clone(),
            id,
            algorithm,
            public: public.clone(),
        };
        let signature = signer.sign(b"message").await.unwrap();
        let verify = |message: &[u8]| AwsVerifier.verify(algorithm, &public, message, &signature);
        assert_eq!(verify(b"message"), Ok(()), "{algorithm}");
        assert!(verify(b"massage").is_err(), "{algorithm}");
    }
    token.check(ids.clone()).await.unwrap();
    token.destroy(ids[0].clone()).await.unwrap();
    assert!(matches!(token.check(ids).await, Err(TokenError::NoKey(_))));
}

#[tokio::test]
async fn many_sign_at_once_with_few_sessions() {
    let settings = Pkcs11Config {
        sessions: 2,
        ..settings(&create())
    };
    let token = Token::open(settings).await.unwrap();
    let purpose = idp_core::keys::KeyPurpose::Token;
    let (id, _) = token.generate(purpose, idp_jose::Algorithm::Es256).await.unwrap();
    let signing = (0..64).map(|number: u8| token.sign(id.clone(), idp_jose::Algorithm::Es256, vec![number]));
    let signed = futures_util::future::try_join_all(signing).await.unwrap();
    assert_eq!(signed.len(), 64);
}

#[tokio::test]
async fn a_sealing_key_is_opened_by_its_token_alone() {
    let token = Token::open(settings(&create())).await.unwrap();
    let key = idp_types::Secret::new([7; 32]);
    let wrapped = token.wrap("wrapper".to_owned(), key.clone()).await.unwrap();
    let again = token.wrap("wrapper".to_owned(), key.clone()).await.unwrap();
    assert_ne!(wrapped, again, "the nonce is fresh");
    for sealed in [&wrapped, &again] {
        let opened = token.unwrap("wrapper".to_owned(), sealed.clone()).await.unwrap();
        assert_eq!(opened.expose(), key.expose());
    }
    let mut changed = wrapped.clone();
    changed[20] ^= 1;
    assert!(token.unwrap("wrapper".to_owned(), changed).await.is_err());
    assert!(token.unwrap("other".to_owned(), wrapped.clone()).await.is_err());
    assert!(
        token
            .unwrap("wrapper".to_owned(), wrapped[..8].to_vec())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn what_cannot_be_entered_says_why() {
    let label = create();
    let absent = Token::open(settings("no such token")).await;
    assert!(matches!(absent, Err(TokenError::Absent(_))));
    let wrong = Pkcs11Config::at(&module(), &label, "9999", &[]).unwrap();
    let refused = Token::open(wrong).await;
    assert!(matches!(refused, Err(TokenError::Pin)), "{refused:?}");
    let none = Pkcs11Config::at("/nonexistent/pkcs11.so", &label, PIN, &[]).unwrap();
    let error = Token::open(none).await.unwrap_err();
    assert!(error.to_string().contains("/nonexistent/pkcs11.so"), "{error}");
}
