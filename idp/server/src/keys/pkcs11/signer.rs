//! A key of a token as a [`Signer`].

use std::sync::Arc;

use async_trait::async_trait;
use idp_jose::{Algorithm, PublicKey};

use super::Token;
use crate::keys::{SignError, Signer};

/// A private key in a token.
pub(in crate::keys) struct TokenSigner {
    pub(in crate::keys) token: Arc<Token>,
    pub(in crate::keys) id: Vec<u8>,
    pub(in crate::keys) algorithm: Algorithm,
    pub(in crate::keys) public: PublicKey,
}

#[async_trait]
impl Signer for TokenSigner {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signed = self.token.sign(self.id.clone(), self.algorithm, message.to_vec());
        signed.await.map_err(|error| {
            tracing::warn!(%error, "a key of the PKCS#11 token did not sign");
            SignError
        })
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
