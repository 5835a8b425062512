//! The enrolment credential in its holder's hands (profile 1): an SD-JWT that the server made of the seal and forgot.
//!
//! Its issuer publishes no key, so the phone cannot check the signature. It checks what it can: that the credential is of the
//! right kind, that it names this holder, key and seal, and that nothing in clear could leave the phone without a decision.

use std::collections::BTreeSet;
use std::fmt;

use idp_jose::sd_jwt::{SdJwt, SdJwtError};
use idp_jose::{EcPublicKey, Jwk, PublicKey};
use idp_types::{Fingerprint, ScopeSet, SessionId, SourceClaim, Timestamp, TokenId, TrustLevel};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::answer::{AnswerError, read_value};
use crate::disclosure::{self, NotHeld};
use crate::identity::Issuer;
use crate::key::DeviceSigner;

/// `vct` of an enrolment credential.
pub const CREDENTIAL_TYPE: &str = "urn:idtokenseal:enrolment:1";

/// The largest credential, in bytes: a portrait of a seal, twice in base64, with room.
pub const CREDENTIAL_LIMIT: usize = 64 * 1024;

/// Why a text is not an enrolment credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// Not an SD-JWT.
    #[error("not an SD-JWT: {0}")]
    SdJwt(#[from] SdJwtError),
    /// A claim is missing or has another shape.
    #[error("the credential's claims: {0}")]
    Claims(#[from] AnswerError),
    /// Another `vct`.
    #[error("not of type {CREDENTIAL_TYPE}")]
    Type,
    /// `cnf` does not hold a P-256 key.
    #[error("the holder's key is not a P-256 JWK")]
    HolderKey,
    /// An attribute stands in clear, so that every presentation would show it.
    #[error("`{}` is not selectively disclosable", .0.as_str())]
    InClear(SourceClaim),
}

#[derive(Deserialize)]
struct Claims {
    vct: String,
    iss: Option<String>,
    token_id: TokenId,
    trust_level: TrustLevel,
    seal: SealClaims,
    exp: i64,
    cnf: Confirmation,
}

#[derive(Deserialize)]
struct SealClaims {
    fingerprint: Fingerprint,
}

#[derive(Deserialize)]
struct Confirmation {
    jwk: serde_json::Value,
}

/// A credential that names its holder. Its `Debug` shows no attribute, and the text is wiped when it is dropped.
#[derive(Clone)]
pub struct EnrolmentCredential {
    text: Zeroizing<String>,
    sd_jwt: SdJwt,
    issuer: Option<String>,
    token_id: TokenId,
    trust_level: TrustLevel,
    fingerprint: Fingerprint,
    holder_key: EcPublicKey,
    expires_at: Timestamp,
    held: BTreeSet<SourceClaim>,
}

impl EnrolmentCredential {
    /// Reads a credential of at most [`CREDENTIAL_LIMIT`] bytes.
    ///
    /// # Errors
    /// [`CredentialError`] names the first check that failed.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let sd_jwt = SdJwt::parse(text, CREDENTIAL_LIMIT)?;
        let plain = sd_jwt.peek_unverified_claims();
        if let Some(claim) = SourceClaim::ALL
            .into_iter()
            .find(|claim| plain.contains_key(claim.as_str()))
        {
            return Err(CredentialError::InClear(claim));
        }
        let claims: Claims = read_value(plain.clone().into())?;
        if claims.vct != CREDENTIAL_TYPE {
            return Err(CredentialError::Type);
        }
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            held: held(&sd_jwt),
            holder_key: holder_key(&claims.cnf.jwk)?,
            sd_jwt,
            issuer: claims.iss,
            token_id: claims.token_id,
            trust_level: claims.trust_level,
            fingerprint: claims.seal.fingerprint,
            expires_at: Timestamp::from_unix_seconds(claims.exp),
        })
    }

    /// The SD-JWT with all its disclosures: what a wallet keeps, and nobody else gets.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whose it is.
    pub const fn token_id(&self) -> &TokenId {
        &self.token_id
    }

    /// How the seal was issued.
    pub const fn trust_level(&self) -> TrustLevel {
        self.trust_level
    }

    /// The seal that it was made of.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The key that presents it.
    pub const fn holder_key(&self) -> &EcPublicKey {
        &self.holder_key
    }

    /// When the seal, and the credential with it, ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What could be disclosed.
    pub const fn held(&self) -> &BTreeSet<SourceClaim> {
        &self.held
    }

    /// Whether `iss`, where it is there, is this issuer.
    pub fn is_from(&self, issuer: &Issuer) -> bool {
        self.issuer.as_deref().is_none_or(|name| name == issuer.as_str())
    }

    /// The scopes that this credential cannot answer: they can only be denied.
    pub fn unanswerable(&self, requested: ScopeSet) -> ScopeSet {
        disclosure::unanswerable(requested, &self.held)
    }

    /// The credential with just the disclosures that `granted` needs, bound to one session of one server by the device's key
    /// (profile 1.2, RFC 9901 section 4.3).
    ///
    /// # Errors
    /// [`NotHeld`] names a scope that the credential cannot answer.
    pub fn present(
        &self,
        granted: ScopeSet,
        session: (&Issuer, &SessionId),
        signer: &dyn DeviceSigner,
        now: Timestamp,
    ) -> Result<String, NotHeld> {
        let shown = disclosure::minimal(granted, &self.held)?;
        let (issuer, session_id) = session;
        let prepared = self
            .sd_jwt
            .present(|name| shown.iter().any(|claim| claim.as_str() == name))
            .key_binding(issuer.as_str(), session_id.as_str(), now.unix_seconds());
        let signature = signer.sign(prepared.signing_input());
        Ok(prepared.complete(&signature))
    }
}

impl fmt::Debug for EnrolmentCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentCredential")
            .field("token_id", &self.token_id)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

fn holder_key(jwk: &serde_json::Value) -> Result<EcPublicKey, CredentialError> {
    match Jwk::from_value(jwk).map(|jwk| jwk.key) {
        Ok(PublicKey::P256(key)) => Ok(key),
        _ => Err(CredentialError::HolderKey),
    }
}

/// An age counts only where it is asserted: `false` answers nothing that the date of birth would not answer better.
fn held(sd_jwt: &SdJwt) -> BTreeSet<SourceClaim> {
    let ages = [
        SourceClaim::AgeOver18,
        SourceClaim::AgeOver21,
        SourceClaim::AgeOver25,
    ];
    sd_jwt
        .disclosures()
        .filter_map(|view| Some((view.name()?.parse().ok()?, view.value())))
        .filter(|(claim, value)| !ages.contains(claim) || **value == serde_json::Value::Bool(true))
        .map(|(claim, _)| claim)
        .collect()
}
