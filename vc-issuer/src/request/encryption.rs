//! Encryption of requests and responses: ECDH-ES on P-256 with AES-GCM (OpenID4VCI sections 8.2, 8.3 and 10).

use idp_jose::jwe::{self, ContentEncryption, EncryptionRandomness, JweHeader};
use idp_jose::{EcPublicKey, Jwk, PublicKey};
use serde_json::Value;

use crate::error::CredentialError;

/// The one key agreement that is offered.
pub const ALG: &str = "ECDH-ES";

/// The content encryptions that are offered.
pub const ENC: [ContentEncryption; 2] = [ContentEncryption::A256Gcm, ContentEncryption::A128Gcm];

/// How a response is to be encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseEncryption {
    key: EcPublicKey,
    kid: Option<String>,
    enc: ContentEncryption,
}

impl ResponseEncryption {
    /// Reads `credential_response_encryption`. In 1.0 the algorithm is that of the key, in the drafts a member of its own.
    ///
    /// # Errors
    /// `invalid_encryption_parameters`.
    pub fn read(value: &Value) -> Result<Self, CredentialError> {
        let wrong = CredentialError::encryption;
        let text = |name| value.get(name).and_then(Value::as_str);
        let named = value.get("jwk").ok_or(wrong("jwk is missing"))?;
        let jwk = Jwk::from_value(named).map_err(|_| wrong("jwk is not a public P-256 key"))?;
        let PublicKey::P256(key) = jwk.key else {
            return Err(wrong("jwk is not a public P-256 key"));
        };
        if jwk.alg.as_deref().or(text("alg")) != Some(ALG) {
            return Err(wrong("the key names no algorithm, or another one than ECDH-ES"));
        }
        if jwk.use_.as_deref().is_some_and(|purpose| purpose != "enc") {
            return Err(wrong("the key is not for encryption"));
        }
        if value.get("zip").is_some() {
            return Err(wrong("compression is not offered"));
        }
        let enc = text("enc").ok_or(wrong("enc is missing"))?;
        let enc = ENC.into_iter().find(|own| own.name() == enc);
        Ok(Self {
            key,
            kid: jwk.kid,
            enc: enc.ok_or(wrong("enc is not offered"))?,
        })
    }

    /// The response as a JWE, `application/jwt`, with the name of the wallet's key.
    ///
    /// # Errors
    /// [`jwe::JweError::SecretScalar`]: draw again.
    pub fn encrypt(
        &self,
        response: &[u8],
        randomness: EncryptionRandomness,
    ) -> Result<String, jwe::JweError> {
        let mut header = JweHeader::new(self.enc);
        header.kid.clone_from(&self.kid);
        jwe::encrypt(&self.key, &header, response, randomness)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::ErrorCode;

    fn parameters(change: impl Fn(&mut Value)) -> Result<ResponseEncryption, CredentialError> {
        let mut jwk = Jwk::new(crate::format::tests::public(3)).to_value();
        jwk["alg"] = ALG.into();
        jwk["kid"] = "mine".into();
        let mut value = json!({"jwk": jwk, "enc": "A256GCM"});
        change(&mut value);
        ResponseEncryption::read(&value)
    }

    #[test]
    fn a_response_reaches_its_wallet_with_the_key_s_name() {
        let encryption = parameters(|_| {}).unwrap();
        let randomness = EncryptionRandomness {
            scalar: [5; 32].into(),
            iv: [6; 12],
        };
        let compact = encryption.encrypt(b"{}", randomness).unwrap();
        let secret = jwe::EcdhSecretKey::from_scalar(&[3; 32]).unwrap();
        let decrypted = jwe::decrypt(&compact, &secret, 10_000).unwrap();
        assert_eq!(decrypted.plaintext.as_slice(), b"{}");
        assert_eq!(decrypted.header.kid.as_deref(), Some("mine"));
    }

    #[test]
    fn what_is_not_offered_has_its_own_code() {
        let changes: [fn(&mut Value); 6] = [
            |value| value["enc"] = "A256CBC-HS512".into(),
            |value| value["zip"] = "DEF".into(),
            |value| value["jwk"]["alg"] = "RSA-OAEP".into(),
            |value| value["jwk"]["d"] = "AA".into(),
            |value| value["jwk"]["use"] = "sig".into(),
            |value| value["jwk"] = Value::Null,
        ];
        for change in changes {
            let code = parameters(change).map_err(|error| error.code);
            assert_eq!(code, Err(ErrorCode::InvalidEncryptionParameters));
        }
    }
}
