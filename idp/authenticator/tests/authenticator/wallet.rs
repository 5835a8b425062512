//! The stored document.

use idp_authenticator::wallet::WalletParts;
use idp_authenticator::{
    DeviceKey, DeviceSigner as _, EncryptionKey, EnrolmentCredential, Issuer, Wallet, WalletError,
};
use idp_types::SourceClaim;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::fixture::{DEVICE, credential, device_id, issue, issuer, key, now, plain_claims, seal, seal_text};
use crate::service;

fn parts(key: DeviceKey, issuer: Issuer) -> WalletParts {
    WalletParts {
        issuer,
        device_id: device_id(),
        key,
        encryption_key: Some(EncryptionKey::from_random(&[9; 32]).unwrap()),
        credential: credential(&SourceClaim::ALL),
        seal: Zeroizing::new(seal_text()),
    }
}

fn wallet() -> Wallet {
    let mut wallet = Wallet::new(parts(key(DEVICE), issuer()), now()).unwrap();
    wallet.trust(&service::verified(), now()).unwrap();
    wallet
}

fn document() -> Value {
    serde_json::from_slice(&wallet().to_json().unwrap()).unwrap()
}

fn parse(document: &Value) -> Result<Wallet, WalletError> {
    Wallet::parse(document.to_string().as_bytes())
}

#[test]
fn what_is_written_reads_back() {
    let wallet = wallet();
    let again = Wallet::parse(&wallet.to_json().unwrap()).unwrap();
    assert_eq!(again.identity(), wallet.identity());
    assert_eq!(again.key().sign(b"m"), wallet.key().sign(b"m"));
    assert_eq!(
        again.encryption_key().unwrap().public_key(),
        wallet.encryption_key().unwrap().public_key()
    );
    assert_eq!(again.credential().expose(), wallet.credential().expose());
    assert_eq!(
        (again.seal(), again.enrolled_at()),
        (wallet.seal(), wallet.enrolled_at())
    );
    assert_eq!(again.trusted_services(), wallet.trusted_services());
    assert_eq!(again.to_json().unwrap(), wallet.to_json().unwrap());
}

#[test]
fn services_are_remembered_and_forgotten() {
    let mut wallet = wallet();
    let service_id = "bar-le-central".parse().unwrap();
    assert_eq!(wallet.trusted_services()[&service_id].name, "Bar Le Central");
    assert!(wallet.distrust(&service_id));
    assert!(!wallet.distrust(&service_id));
    assert!(wallet.trusted_services().is_empty());
}

#[test]
fn the_parts_belong_together() {
    assert_eq!(
        Wallet::new(parts(key(8), issuer()), now()).unwrap_err(),
        WalletError::OtherKey
    );
    let other = Issuer::parse("https://other.example").unwrap();
    assert_eq!(
        Wallet::new(parts(key(DEVICE), other), now()).unwrap_err(),
        WalletError::OtherIssuer
    );
    let mut huge = parts(key(DEVICE), issuer());
    huge.seal = Zeroizing::new("A".repeat(100_000));
    assert_eq!(Wallet::new(huge, now()).unwrap_err(), WalletError::TooLarge);
    let mut swapped = document();
    swapped["deviceKey"] = json!(*key(8).to_pkcs8_pem().unwrap());
    assert_eq!(parse(&swapped).unwrap_err(), WalletError::OtherKey);
}

#[test]
fn other_documents_are_refused_and_not_quoted() {
    let mut newer = document();
    newer["version"] = json!(2);
    newer["somethingNew"] = json!(true);
    assert_eq!(parse(&newer).unwrap_err(), WalletError::Version(2));
    let mut unknown = document();
    unknown["somethingNew"] = json!(true);
    assert!(matches!(parse(&unknown), Err(WalletError::Malformed { .. })));
    let mut no_key = document();
    no_key["deviceKey"] = json!(["secret"]);
    let error = parse(&no_key).unwrap_err();
    assert!(
        !error.to_string().contains("secret") && !format!("{error:?}").contains("secret"),
        "{error}"
    );
    assert!(matches!(
        Wallet::parse(b"{\"version\":1,\"version\":1}"),
        Err(WalletError::Malformed { .. })
    ));
    assert_eq!(
        Wallet::parse(&vec![b' '; 3 << 20]).unwrap_err(),
        WalletError::TooLarge
    );
}

#[test]
fn debug_shows_no_secret() {
    let document = document();
    let parts = format!("{:?}", parts(key(DEVICE), issuer()));
    let debug = format!("{:?}", wallet());
    for secret in ["deviceKey", "encryptionKey", "credential"] {
        let secret = document[secret].as_str().unwrap();
        assert!(!debug.contains(secret) && !parts.contains(secret));
    }
    assert!(
        !debug.contains(&seal_text()) && !debug.contains("Dupont"),
        "{debug}"
    );
}

#[test]
fn a_credential_is_renewed_for_the_same_device_alone() {
    let mut wallet = wallet();
    let renewed = credential(&[SourceClaim::AgeOver18]);
    wallet.renew(renewed.clone()).unwrap();
    assert_eq!(wallet.credential().held(), renewed.held());

    let mut renew = |name: &str, value: Value| {
        let mut plain = plain_claims(seal().fingerprint());
        plain.insert(name.to_owned(), value);
        wallet.renew(EnrolmentCredential::parse(&issue(plain, &[])).unwrap())
    };
    let jwk = idp_jose::Jwk::new(key(8).public_key()).to_value();
    assert_eq!(renew("token_id", "other".into()), Err(WalletError::OtherHolder));
    assert_eq!(renew("cnf", json!({"jwk": jwk})), Err(WalletError::OtherKey));
    assert_eq!(
        renew("iss", "https://other.example".into()),
        Err(WalletError::OtherIssuer)
    );
}
