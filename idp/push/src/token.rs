//! Tokens that say to a provider who this server is: prepared here, signed by whoever has the key.

use async_trait::async_trait;
use idp_jose::jws::{Header, Prepared};
use idp_jose::{Algorithm, PublicKey};
use serde_json::Value;

use crate::sender::PushError;

/// A signature could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is not available")]
pub struct SigningFailed;

/// Signs with one private key and one algorithm.
#[async_trait]
pub trait TokenSigner: Send + Sync {
    /// The signature over `message` as a JWS carries it (RFC 7518 section 3).
    ///
    /// # Errors
    /// [`SigningFailed`].
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed>;
    /// The public half.
    fn public_key(&self) -> &PublicKey;
    /// The one algorithm.
    fn algorithm(&self) -> Algorithm;
}

/// A compact JWS of these claims.
pub(crate) async fn signed(
    signer: &dyn TokenSigner,
    header: Header,
    claims: &Value,
) -> Result<String, PushError> {
    let prepared = Prepared::new(&header, claims.to_string().as_bytes());
    let signature = signer
        .sign(prepared.signing_input())
        .await
        .map_err(|SigningFailed| PushError::Unauthorized("signing_key"))?;
    Ok(prepared.complete(&signature))
}
