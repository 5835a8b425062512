//! Who this server is to a push service (RFC 8292).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use idp_jose::jws::Header;
use idp_jose::{Algorithm, PublicKey};
use idp_types::Timestamp;
use idp_types::encoding::base64url;
use serde_json::json;

use crate::sender::PushError;
use crate::token::{TokenSigner, signed};

/// Seconds that a token is valid; RFC 8292 section 2 allows a day.
const LIFETIME: i64 = 12 * 3600;
/// Seconds before its end at which it is made anew.
const AHEAD: i64 = 3600;
/// Push services that are remembered; those of the allow-list are few, but one of them has many hosts.
const REMEMBERED: usize = 256;

struct Token {
    header: Arc<str>,
    renew_at: Timestamp,
}

/// Makes and keeps a token for each push service.
pub(super) struct Vapid {
    signer: Arc<dyn TokenSigner>,
    subject: String,
    public_key: String,
    kept: Mutex<HashMap<String, Token>>,
}

impl Vapid {
    pub(super) fn new(signer: Arc<dyn TokenSigner>, subject: String) -> Self {
        let public_key = match signer.public_key() {
            PublicKey::P256(key) => base64url(key.to_sec1()),
            _ => String::new(),
        };
        Self {
            signer,
            subject,
            public_key,
            kept: Mutex::new(HashMap::new()),
        }
    }

    pub(super) fn public_key(&self) -> &str {
        &self.public_key
    }

    /// `Authorization` for a push service's origin.
    pub(super) async fn authorization(&self, origin: &str, now: Timestamp) -> Result<String, PushError> {
        let kept = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.get(origin)
                .filter(|token| now < token.renew_at)
                .map(|token| token.header.clone())
        };
        if let Some(header) = kept {
            return Ok(header.to_string());
        }
        let exp = now.unix_seconds().saturating_add(LIFETIME);
        let claims = json!({"aud": origin, "exp": exp, "sub": self.subject});
        let header = Header::new(Algorithm::Es256).with_typ("JWT");
        let token = signed(&*self.signer, header, &claims).await?;
        let header: Arc<str> = format!("vapid t={token}, k={}", self.public_key).into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= REMEMBERED {
            kept.clear();
        }
        let token = Token {
            header: header.clone(),
            renew_at: now.plus_seconds(LIFETIME - AHEAD),
        };
        kept.insert(origin.to_owned(), token);
        Ok(header.to_string())
    }
}
