//! Who signs Microsoft's hints.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64URL_NOPAD;
use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use serde_json::{Value, json};

/// Whoever signs hints: Microsoft, or somebody who would like to be.
pub(super) struct Signer {
    pair: KeyPair,
    kid: &'static str,
}

impl Signer {
    pub(super) fn new(kid: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { pair, kid }
    }

    /// As Microsoft publishes its keys.
    pub(super) fn key_set(&self) -> Value {
        // RSAPublicKey of RFC 8017 A.1.1 in DER: a sequence of the modulus, 257 octets with its leading zero, and of 65537.
        let der = self.pair.public_key().as_ref();
        let (modulus, exponent) = der.split_at(der.len() - 5);
        assert_eq!((modulus.len(), exponent), (9 + 256, &[2, 3, 1, 0, 1][..]));
        let (n, e) = (BASE64URL_NOPAD.encode(&modulus[9..]), "AQAB");
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid,
            "n": n, "e": e,
            "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
        }]})
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = Header::new(Algorithm::Rs256).with_kid(self.kid).with_typ("JWT");
        let prepared = Prepared::new(&header, claims.to_string().as_bytes());
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                prepared.signing_input(),
                &mut signature,
            )
            .expect("a signature");
        prepared.complete(&signature)
    }
}
