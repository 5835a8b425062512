//! Two vendors with roots of their own, and a server that trusts them.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair, RSA_PKCS1_SHA256,
};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use idp_authenticator::{DeviceKey, DeviceSigner as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::TestServer;

use super::forge::{
    AuthenticatorData, Body, Description, ECDSA_SHA256, Issuer, attestation_object, nonce_extension,
};

/// The Android app that the server accepts.
pub(super) const ANDROID_APP: &str = "com.example.wallet";
const APPLE_APP: &str = "A1B2C3D4E5.com.example.wallet";
const SIGNER: [u8; 32] = [0x51; 32];

const ECDSA_SHA384: &[u8] = b"\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x03";
const RSA_SHA256: &[u8] = b"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00";

fn rsa(name: &str) -> Issuer {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    Issuer {
        name: name.to_owned(),
        spki: spki.as_ref().to_vec(),
        algorithm: RSA_SHA256,
        sign: Box::new(move |message| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                .unwrap();
            signature
        }),
    }
}

fn elliptic(name: &str, signing: &'static EcdsaSigningAlgorithm, algorithm: &'static [u8]) -> Issuer {
    let pair = EcdsaKeyPair::generate(signing).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    Issuer {
        name: name.to_owned(),
        spki: spki.as_ref().to_vec(),
        algorithm,
        sign: Box::new(move |message| {
            pair.sign(&SystemRandom::new(), message)
                .unwrap()
                .as_ref()
                .to_vec()
        }),
    }
}

fn pem(certificate: &[u8]) -> String {
    idp_vds::trust::to_pem(certificate).unwrap()
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    digest(&SHA256, &parts.concat()).as_ref().try_into().unwrap()
}

/// Google and Apple, and the directory of the files that they publish.
pub(super) struct Vendors {
    google: Issuer,
    batch: Issuer,
    apple: Issuer,
    app_attestation: Issuer,
    directory: TempDir,
}

impl Vendors {
    pub(super) fn new() -> Self {
        let vendors = Self {
            google: rsa("Attestation root"),
            batch: elliptic("Batch", &ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_SHA256),
            apple: elliptic(
                "App attestation root",
                &ECDSA_P384_SHA384_ASN1_SIGNING,
                ECDSA_SHA384,
            ),
            app_attestation: elliptic("App attestation 1", &ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_SHA384),
            directory: TempDir::new().unwrap(),
        };
        vendors.write("android.pem", &pem(&vendors.google.root()));
        vendors.write("apple.pem", &pem(&vendors.apple.root()));
        vendors.revoke(r#"{"entries": {}}"#);
        vendors
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// Publishes a status list.
    pub(super) fn revoke(&self, status_list: &str) {
        self.write("status.json", status_list);
    }

    /// A server that trusts them, configured as an operator does: from a file.
    pub(super) async fn server(&self, enrolment: &str) -> TestServer {
        let path = |name: &str| self.directory.path().join(name).display().to_string();
        let text = format!(
            "issuer = \"https://id.example\"\n[enrolment]\n{enrolment}\n[enrolment.attestation]\n\
             android_roots = \"{}\"\nandroid_status_list = \"{}\"\napple_roots = \"{}\"\n\
             [[enrolment.attestation.android]]\npackage = \"{ANDROID_APP}\"\nsignatures = [\"{}\"]\n\
             [[enrolment.attestation.apple]]\nteam = \"A1B2C3D4E5\"\nbundle = \"com.example.wallet\"\n\
             vouches_face = true\n",
            path("android.pem"),
            path("status.json"),
            path("apple.pem"),
            HEXLOWER.encode(&SIGNER),
        );
        self.write("idp.toml", &text);
        let file = self.directory.path().join("idp.toml");
        let written = idp_server::config::load(Some(&file), std::iter::empty()).unwrap();
        TestServer::start_with(move |config| config.enrolment = written.enrolment).await
    }

    /// What a sound phone says of a key for this challenge.
    #[expect(clippy::unused_self, reason = "reads as what it is: a phone of this vendor's")]
    pub(super) fn sound(&self, challenge: &[u8]) -> Description {
        Description::sound(challenge, ANDROID_APP, SIGNER)
    }

    /// An Android Key Attestation of the key.
    pub(super) fn android(&self, description: &Description, key: &DeviceKey) -> Value {
        let leaf = Body::leaf(key.public_key().to_spki_der(), description.extension());
        let chain = [
            leaf.signed_by(&self.batch),
            self.batch.authority(Some(0)).signed_by(&self.google),
            self.google.root(),
        ];
        let chain: Vec<String> = chain
            .iter()
            .map(|certificate| BASE64.encode(certificate))
            .collect();
        json!({"type": "android-key", "chain": chain})
    }

    /// An App Attest attestation, by a key of App Attest's own.
    pub(super) fn apple(&self, forgery: &AppleForgery) -> Value {
        let own = DeviceKey::from_random(&[8; 32]).unwrap().public_key();
        let key_id = sha256(&[own.to_sec1()]);
        let data = AuthenticatorData {
            relying_party: sha256(&[forgery.app.as_bytes()]),
            flags: 0x40,
            counter: 0,
            aaguid: *b"appattest\0\0\0\0\0\0\0",
            credential_id: key_id.to_vec(),
        };
        let data = data.bytes();
        let nonce = sha256(&[&data, &forgery.client_data_hash]);
        let leaf = Body::leaf(own.to_spki_der(), nonce_extension(&nonce));
        let chain = [
            leaf.signed_by(&self.app_attestation),
            self.app_attestation.authority(Some(0)).signed_by(&self.apple),
        ];
        let object = attestation_object("apple-appattest", &chain, &data);
        json!({
            "type": "apple-appattest", "keyId": BASE64.encode(&key_id), "object": BASE64URL_NOPAD.encode(&object),
        })
    }
}

/// What an app asks App Attest to attest.
pub(super) struct AppleForgery {
    pub(super) app: &'static str,
    client_data_hash: [u8; 32],
}

impl AppleForgery {
    /// As the accepted app does: over the key that it enrols, and the challenge.
    pub(super) fn sound(challenge: &[u8], key: &DeviceKey) -> Self {
        Self {
            app: APPLE_APP,
            client_data_hash: sha256(&[&key.public_key().to_spki_der(), challenge]),
        }
    }
}
