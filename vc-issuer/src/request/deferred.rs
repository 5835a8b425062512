//! A credential that was not ready (OpenID4VCI section 9).

use serde_json::{Value, json};

use super::encryption::ResponseEncryption;
use super::{members, optional_text};
use crate::error::{CredentialError, ErrorCode};

/// A deferred credential request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeferredRequest {
    /// Which transaction; drafts before 12 called it the acceptance token.
    pub transaction_id: String,
    /// How to encrypt the answer, in place of what the first request said.
    pub encryption: Option<ResponseEncryption>,
}

impl DeferredRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// `invalid_credential_request` or `invalid_encryption_parameters`.
    pub fn parse(body: &[u8], was_encrypted: bool) -> Result<Self, CredentialError> {
        let members = members(body)?;
        let transaction_id = optional_text(&members, "transaction_id")?
            .or(optional_text(&members, "acceptance_token")?)
            .ok_or(CredentialError::request("transaction_id is missing"))?;
        let encryption = members
            .get("credential_response_encryption")
            .map(ResponseEncryption::read)
            .transpose()?;
        if encryption.is_some() && !was_encrypted {
            return Err(CredentialError::encryption(
                "a request that asks for an encrypted answer must be encrypted",
            ));
        }
        Ok(Self {
            transaction_id: transaction_id.to_owned(),
            encryption,
        })
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// Not ready.
    Pending,
    /// To be issued now, once.
    Ready,
    /// It was issued.
    Served,
    /// It will never be issued.
    Dead,
}

/// How many seconds a wallet waits before it asks again.
pub const INTERVAL: u32 = 5;

impl Transaction {
    /// Whether to issue (`true`) or to answer 202 with [`pending`].
    ///
    /// # Errors
    /// `invalid_transaction_id` for one that was served, `credential_request_denied` for a dead one.
    pub const fn may_issue(self) -> Result<bool, CredentialError> {
        match self {
            Self::Pending => Ok(false),
            Self::Ready => Ok(true),
            Self::Served => Err(CredentialError::new(
                ErrorCode::InvalidTransactionId,
                "the transaction is unknown or was served",
            )),
            Self::Dead => Err(CredentialError::new(
                ErrorCode::CredentialRequestDenied,
                "the credential will not be issued",
            )),
        }
    }
}

/// The body of a 202: the same transaction again.
pub fn pending(transaction_id: &str) -> Value {
    json!({"transaction_id": transaction_id, "interval": INTERVAL})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_end_once() {
        assert_eq!(Transaction::Pending.may_issue(), Ok(false));
        assert_eq!(Transaction::Ready.may_issue(), Ok(true));
        let code = |transaction: Transaction| transaction.may_issue().unwrap_err().code;
        assert_eq!(code(Transaction::Served), ErrorCode::InvalidTransactionId);
        assert_eq!(code(Transaction::Dead), ErrorCode::CredentialRequestDenied);
    }

    #[test]
    fn a_transaction_is_named() {
        assert!(DeferredRequest::parse(b"{}", false).is_err());
        let request = DeferredRequest::parse(br#"{"transaction_id":"t"}"#, false).unwrap();
        assert_eq!(request.transaction_id, "t");
        let old = DeferredRequest::parse(br#"{"acceptance_token":"t"}"#, false).unwrap();
        assert_eq!(old, request);
    }
}
