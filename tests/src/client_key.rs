//! A key of a client: the assertions (RFC 7523), DPoP proofs (RFC 9449) and request objects (RFC 9101, CIBA 7.1.1) that it signs.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use idp_authenticator::{DeviceKey, DeviceSigner as _};
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk, PublicKey, RsaPublicKey};
use idp_types::encoding::base64url;
use serde_json::{Value, json};

use crate::site::Site;
use crate::{fresh, random};

/// A key pair.
pub struct ClientKey(Pair);

enum Pair {
    P256(DeviceKey),
    Rsa(Box<RsaKeyPair>),
}

impl Default for ClientKey {
    fn default() -> Self {
        Self::generate()
    }
}

impl ClientKey {
    /// A new one on P-256, which signs with ES256.
    pub fn generate() -> Self {
        Self(Pair::P256(DeviceKey::from_random(&random()).expect("a scalar")))
    }

    /// A new one of RSA, which signs with PS256, and with RS256 where a header says so.
    pub fn generate_rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("two primes");
        Self(Pair::Rsa(Box::new(pair)))
    }

    /// What it signs with unless a header says otherwise.
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Pair::P256(_) => Algorithm::Es256,
            Pair::Rsa(_) => Algorithm::Ps256,
        }
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        match &self.0 {
            Pair::P256(key) => key.public_key().into(),
            Pair::Rsa(pair) => RsaPublicKey::from_pkcs1_der(pair.public_key().as_ref())
                .expect("a public key")
                .into(),
        }
    }

    /// The public half, named by its thumbprint.
    pub fn jwk(&self) -> Jwk {
        Jwk::new(self.public_key()).named_by_thumbprint()
    }

    /// A JWK Set of it alone.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk().to_value()]})
    }

    /// A client assertion (RFC 7523 3) with these claims beside the usual ones; null removes.
    pub fn assertion(&self, site: &Site, client_id: &str, more: Value) -> String {
        self.assertion_by(self.algorithm(), (site, client_id), more)
    }

    /// The same, signed with another algorithm of this kind of key.
    pub fn assertion_by(
        &self,
        algorithm: Algorithm,
        (site, client_id): (&Site, &str),
        more: Value,
    ) -> String {
        let now = site.now().unix_seconds();
        let usual = json!({
            "iss": client_id, "sub": client_id, "aud": site.issuer, "iat": now, "exp": now + 60, "jti": fresh("jti"),
        });
        self.sign(&Header::new(algorithm), &merged(usual, more))
    }

    /// What a request object says of itself (CIBA 7.1.1, RFC 9101 4), and more; null removes.
    pub fn request_claims(site: &Site, client_id: &str, more: Value) -> Value {
        let now = site.now().unix_seconds();
        let usual = json!({
            "iss": client_id, "aud": site.issuer, "iat": now, "nbf": now, "exp": now + 300, "jti": fresh("jti"),
        });
        merged(usual, more)
    }

    /// A DPoP proof (RFC 9449 4.2) with these claims beside the usual ones; null removes.
    pub fn proof(&self, site: &Site, (method, path): (&str, &str), more: Value) -> String {
        let usual = json!({
            "jti": fresh("jti"), "htm": method, "htu": format!("{}{path}", site.issuer),
            "iat": site.now().unix_seconds(),
        });
        self.sign(&self.proof_header(), &merged(usual, more))
    }

    /// The header of a DPoP proof (RFC 9449 4.2).
    pub fn proof_header(&self) -> Header {
        Header::new(self.algorithm())
            .with_typ("dpop+jwt")
            .with("jwk", Jwk::new(self.public_key()).to_value())
    }

    /// Any JWT, signed as the header says.
    pub fn sign(&self, header: &Header, claims: &Value) -> String {
        let prepared = Prepared::new(header, claims.to_string().as_bytes());
        let signature = self.signature(header.alg, prepared.signing_input());
        prepared.complete(&signature)
    }

    /// A bare signature; for ES256 the 64 bytes `r || s`.
    pub fn signature(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Pair::P256(key) => key.sign(message).to_vec(),
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = if algorithm == Algorithm::Rs256 {
                    &RSA_PKCS1_SHA256
                } else {
                    &RSA_PSS_SHA256
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .expect("a signature");
                signature
            }
        }
    }
}

/// `ath` of an access token (RFC 9449 4.2).
pub fn ath(token: &str) -> String {
    base64url(digest(&SHA256, token.as_bytes()).as_ref())
}

/// Claims with others beside or instead; null removes.
pub fn merged(mut usual: Value, more: Value) -> Value {
    if let (Some(usual), Value::Object(more)) = (usual.as_object_mut(), more) {
        usual.extend(more);
        usual.retain(|_, value| !value.is_null());
    }
    usual
}
