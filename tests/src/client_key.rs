//! A key of a client: the assertions (RFC 7523), DPoP proofs (RFC 9449) and request objects (RFC 9101) that it signs.

use idp_authenticator::{DeviceKey, DeviceSigner as _};
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, Jwk};
use serde_json::{Value, json};

use crate::site::Site;
use crate::{fresh, random};

/// A P-256 key pair.
pub struct ClientKey(DeviceKey);

impl Default for ClientKey {
    fn default() -> Self {
        Self::generate()
    }
}

impl ClientKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(DeviceKey::from_random(&random()).expect("a scalar"))
    }

    /// Its public half, named by its thumbprint.
    pub fn jwk(&self) -> Jwk {
        Jwk::new(self.0.public_key()).named_by_thumbprint()
    }

    /// A JWK Set of it alone.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk().to_value()]})
    }

    /// A client assertion (RFC 7523 3) with these claims beside the usual ones; null removes.
    pub fn assertion(&self, site: &Site, client_id: &str, more: Value) -> String {
        let now = site.now().unix_seconds();
        let usual = json!({
            "iss": client_id, "sub": client_id, "aud": site.issuer, "iat": now, "exp": now + 60, "jti": fresh("jti"),
        });
        self.sign(&Header::new(Algorithm::Es256), &merged(usual, more))
    }

    /// A DPoP proof (RFC 9449 4.2) with these claims beside the usual ones; null removes.
    pub fn proof(&self, site: &Site, (method, path): (&str, &str), more: Value) -> String {
        let usual = json!({
            "jti": fresh("jti"), "htm": method, "htu": format!("{}{path}", site.issuer),
            "iat": site.now().unix_seconds(),
        });
        let header = Header::new(Algorithm::Es256)
            .with_typ("dpop+jwt")
            .with("jwk", Jwk::new(self.0.public_key()).to_value());
        self.sign(&header, &merged(usual, more))
    }

    /// Any JWT.
    pub fn sign(&self, header: &Header, claims: &Value) -> String {
        let prepared = Prepared::new(header, claims.to_string().as_bytes());
        let signature = self.0.sign(prepared.signing_input());
        prepared.complete(&signature)
    }
}

/// Claims with others beside or instead; null removes.
pub fn merged(mut usual: Value, more: Value) -> Value {
    if let (Some(usual), Value::Object(more)) = (usual.as_object_mut(), more) {
        usual.extend(more);
        usual.retain(|_, value| !value.is_null());
    }
    usual
}
