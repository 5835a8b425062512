//! The sealed document of all keys and secrets: JSON, sealed with AES-256-GCM under the installation's sealing key.

use idp_core::keys::KeyLife;
use idp_jose::{Jwk, PublicKey};
use idp_types::encoding::{base64url, from_base64url};
use idp_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::KeyError;
use super::retired::{RetiredKey, RetiredRow};
use super::secrets::{OtpMaster, ServerSecrets};
use crate::crypto::SealingKey;

const CONTEXT: &[u8] = b"idt-key-file-v1";

/// One private key with its dates.
#[derive(Clone, PartialEq)]
pub(super) struct StoredKey {
    pub(super) life: KeyLife,
    pub(super) private: Private,
    /// A certificate of it, DER; where one was made with it.
    pub(super) certificate: Option<Vec<u8>>,
}

impl StoredKey {
    /// Its identifier in the token, where it is there.
    pub(super) fn token_id(&self) -> Option<Vec<u8>> {
        match &self.private {
            Private::Token { id, .. } => Some(id.clone()),
            Private::Software(_) => None,
        }
    }
}

/// Where the private half is.
#[derive(Clone, PartialEq)]
pub(super) enum Private {
    /// Here, as PKCS#8 DER.
    Software(Zeroizing<Vec<u8>>),
    /// In the PKCS#11 token.
    Token {
        /// The identifier of the key pair (`CKA_ID`).
        id: Vec<u8>,
        /// The public half.
        public: PublicKey,
    },
}

/// All of them.
#[derive(Clone, PartialEq, Default)]
pub(super) struct StoredKeys {
    pub(super) keys: Vec<StoredKey>,
    /// What remains of those that are gone.
    pub(super) retired: Vec<RetiredKey>,
}

impl StoredKeys {
    /// The dates of all keys, in their order.
    pub(super) fn lives(&self) -> Vec<KeyLife> {
        self.keys.iter().map(|key| key.life.clone()).collect()
    }

    /// Puts other dates in their place.
    pub(super) fn put_lives(&mut self, lives: Vec<KeyLife>) {
        for (key, life) in self.keys.iter_mut().zip(lives) {
            key.life = life;
        }
    }
}

#[derive(Serialize, Deserialize)]
struct DocumentRow {
    version: u32,
    secrets: SecretsRow,
    keys: Vec<KeyRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retired: Vec<RetiredRow>,
}

#[derive(Serialize, Deserialize)]
struct KeyRow {
    life: KeyLife,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pkcs8: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pkcs11: Option<TokenRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct TokenRow {
    id: String,
    jwk: Value,
}

#[derive(Serialize, Deserialize)]
struct SecretsRow {
    otp_masters: Vec<(Timestamp, Zeroizing<String>)>,
    ws: Zeroizing<String>,
    pairwise: Zeroizing<String>,
    rendezvous: Zeroizing<String>,
    subject_index: Zeroizing<String>,
    caller_index: Zeroizing<String>,
    storage: Zeroizing<String>,
}

/// What a document says. `place` names it in errors.
pub(super) fn open(
    sealed: &[u8],
    key: &SealingKey,
    place: &str,
) -> Result<(ServerSecrets, StoredKeys), KeyError> {
    let plain = key.open(CONTEXT, sealed).map(Zeroizing::new);
    let plain = plain.map_err(|_| KeyError::Sealed(place.to_owned()))?;
    let content = || KeyError::Content(place.to_owned());
    let row: DocumentRow = serde_json::from_slice(&plain).map_err(|_| content())?;
    if row.version != 1 {
        return Err(content());
    }
    let secrets = row.secrets.open().ok_or_else(content)?;
    let keys = row.keys.into_iter().map(KeyRow::open);
    let retired = row.retired.into_iter().map(RetiredRow::open);
    let stored = StoredKeys {
        keys: keys.collect::<Option<_>>().ok_or_else(content)?,
        retired: retired.collect::<Option<_>>().ok_or_else(content)?,
    };
    Ok((secrets, stored))
}

/// The document that says this.
pub(super) fn seal(
    key: &SealingKey,
    secrets: &ServerSecrets,
    stored: &StoredKeys,
) -> Result<Vec<u8>, KeyError> {
    let row = DocumentRow {
        version: 1,
        secrets: SecretsRow::of(secrets),
        keys: stored.keys.iter().map(KeyRow::of).collect(),
        retired: stored.retired.iter().map(RetiredRow::of).collect(),
    };
    let plain = serde_json::to_vec(&row).map(Zeroizing::new);
    let plain = plain.map_err(|_| KeyError::Content("what would be written".to_owned()))?;
    Ok(key.seal(CONTEXT, &plain)?)
}

impl KeyRow {
    fn of(key: &StoredKey) -> Self {
        let (pkcs8, pkcs11) = match &key.private {
            Private::Software(pkcs8) => (Some(Zeroizing::new(base64url(pkcs8))), None),
            Private::Token { id, public } => {
                let jwk = Jwk::new(public.clone()).to_value();
                (
                    None,
                    Some(TokenRow {
                        id: base64url(id),
                        jwk,
                    }),
                )
            }
        };
        Self {
            life: key.life.clone(),
            pkcs8,
            pkcs11,
            certificate: key.certificate.as_deref().map(base64url),
        }
    }

    fn open(self) -> Option<StoredKey> {
        Some(StoredKey {
            life: self.life,
            private: match (self.pkcs8, self.pkcs11) {
                (Some(pkcs8), None) => Private::Software(Zeroizing::new(from_base64url(&pkcs8)?)),
                (None, Some(row)) => Private::Token {
                    id: from_base64url(&row.id)?,
                    public: Jwk::from_value(&row.jwk).ok()?.key,
                },
                _ => return None,
            },
            certificate: match self.certificate {
                Some(text) => Some(from_base64url(&text)?),
                None => None,
            },
        })
    }
}

impl SecretsRow {
    fn of(secrets: &ServerSecrets) -> Self {
        let text = |secret: &Secret<32>| Zeroizing::new(base64url(secret.expose()));
        Self {
            otp_masters: secrets
                .otp_masters
                .iter()
                .map(|master| (master.since, text(&master.secret)))
                .collect(),
            ws: text(&secrets.ws),
            pairwise: text(&secrets.pairwise),
            rendezvous: text(&secrets.rendezvous),
            subject_index: text(&secrets.subject_index),
            caller_index: text(&secrets.caller_index),
            storage: text(&secrets.storage),
        }
    }

    fn open(&self) -> Option<ServerSecrets> {
        let secret = |text: &str| from_base64url(text)?.try_into().ok().map(Secret::new);
        let masters = self.otp_masters.iter().map(|(since, text)| {
            Some(OtpMaster {
                since: *since,
                secret: secret(text)?,
            })
        });
        Some(ServerSecrets {
            otp_masters: masters.collect::<Option<_>>()?,
            ws: secret(&self.ws)?,
            pairwise: secret(&self.pairwise)?,
            rendezvous: secret(&self.rendezvous)?,
            subject_index: secret(&self.subject_index)?,
            caller_index: secret(&self.caller_index)?,
            storage: secret(&self.storage)?,
        })
    }
}
