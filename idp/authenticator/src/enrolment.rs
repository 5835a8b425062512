//! Enrolment (profile 2): a seal and a key become an enrolled device with a credential.
//!
//! The steps of a caller: read the seal ([`EnrolmentSeal`]), fetch a challenge (`POST /enroll/challenge`, [`Challenge::parse`]),
//! send [`Enrolment::body`] to `POST /enroll`, read the answer with [`Enrolment::complete`].

mod challenge;
mod seal;

use idp_types::encoding::base64url;
use idp_types::{DeviceId, SessionId, Timestamp, TokenId};
use serde::Deserialize;
use serde_json::{Value, json};

pub use challenge::Challenge;
pub use seal::EnrolmentSeal;

use crate::answer::{self, AnswerError};
use crate::credential::{CredentialError, EnrolmentCredential};
use crate::identity::Issuer;
use crate::key::DeviceSigner;
use crate::message::{self, SignedMessage};
use crate::push::PushRegistration;

/// Why an enrolment cannot be asked for, or its answer not be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The challenge is over: fetch another.
    #[error("the challenge has expired")]
    ChallengeExpired,
    /// The answer is not what the profile describes.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The answer does not say `enrolled: true`.
    #[error("the server did not enrol the device")]
    NotEnrolled,
    /// The credential cannot be used.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Answer or credential name another tokenId than the seal.
    #[error("the server answered for another tokenId")]
    OtherToken,
    /// The credential is bound to another key.
    #[error("the credential is bound to another key")]
    OtherKey,
    /// The credential was made of another seal.
    #[error("the credential was made of another seal")]
    OtherSeal,
    /// The credential names another issuer.
    #[error("the credential names another issuer")]
    OtherIssuer,
    /// The credential is over.
    #[error("the credential has expired")]
    Expired,
}

/// What admits the device where the server asks for it (profile 2).
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Admission {
    /// Nothing.
    #[default]
    Open,
    /// A one-time code from the issuance station or an operator.
    Code(String),
    /// A session in which a device that is enrolled already approved this one; see [`crate::answer::DeviceAdmission`].
    Approved(SessionId),
}

impl std::fmt::Debug for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "Admission::Open",
            Self::Code(_) => "Admission::Code(..)",
            Self::Approved(_) => "Admission::Approved(..)",
        })
    }
}

/// An enrolment to ask for.
#[derive(Clone, Copy)]
pub struct Enrolment<'a> {
    /// The server.
    pub issuer: &'a Issuer,
    /// The person's seal.
    pub seal: &'a EnrolmentSeal,
    /// The device's own name.
    pub device_id: &'a DeviceId,
    /// The device's new key.
    pub signer: &'a dyn DeviceSigner,
    /// Where pushes go; `None` for a phone that asks by itself.
    pub push: Option<&'a PushRegistration>,
    /// What admits the device.
    pub admission: &'a Admission,
}

/// What proves to the server that the device holds its keys, now.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// The server's challenge.
    pub challenge: &'a Challenge,
    /// The key that the same device enrolled with before, when it changes keys.
    pub previous: Option<&'a dyn DeviceSigner>,
}

impl Enrolment<'_> {
    /// The body of `POST /enroll`. A server whose policy does not require a proof takes one without.
    ///
    /// # Errors
    /// [`EnrolmentError::ChallengeExpired`] at the challenge's end.
    pub fn body(&self, proof: Option<&Proof<'_>>, now: Timestamp) -> Result<String, EnrolmentError> {
        let mut body = json!({
            "vdsData": self.seal.text(),
            "publicKeyPem": self.signer.public_key().to_spki_pem(),
            "deviceId": self.device_id.as_str(),
            "signedMessage": SignedMessage::Second.number(),
        });
        let mut insert = |name: &str, value: Value| {
            if let Some(members) = body.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
        };
        if let Some(push) = self.push {
            insert("push", push.to_value());
        }
        match self.admission {
            Admission::Open => {}
            Admission::Code(code) => insert("enrolmentCode", code.as_str().into()),
            Admission::Approved(session_id) => insert("approval", session_id.as_str().into()),
        }
        if let Some(Proof { challenge, previous }) = proof {
            if now >= challenge.expires_at() {
                return Err(EnrolmentError::ChallengeExpired);
            }
            insert("proof", self.proof(challenge, self.signer));
            if let Some(previous) = previous {
                insert("previousProof", self.proof(challenge, *previous));
            }
        }
        Ok(body.to_string())
    }

    fn proof(&self, challenge: &Challenge, signer: &dyn DeviceSigner) -> Value {
        let message = message::enrolment_proof(challenge.as_str(), self.seal.fingerprint(), self.device_id);
        json!({"challenge": challenge.as_str(), "signature": base64url(&signer.sign(&message))})
    }

    /// Reads the answer to `POST /enroll` and checks that its credential is for this holder, key, seal and issuer.
    ///
    /// # Errors
    /// [`EnrolmentError`] names the first check that failed.
    pub fn complete(&self, answer: &[u8], now: Timestamp) -> Result<EnrolmentCredential, EnrolmentError> {
        let answer: EnrolmentAnswer = answer::read(answer)?;
        if !answer.enrolled {
            return Err(EnrolmentError::NotEnrolled);
        }
        if answer.token_id != self.seal.person().token_id {
            return Err(EnrolmentError::OtherToken);
        }
        self.credential(&answer.credential, now)
    }

    /// The body of `POST /enroll/credential`, to be sent with [`crate::authorization`]: the seal again, for a fresh credential.
    /// A birthday that was an age to come is one reason.
    pub fn renewal_body(&self) -> String {
        json!({"vdsData": self.seal.text()}).to_string()
    }

    /// Reads the answer to `POST /enroll/credential` and checks it as [`Self::complete`] does.
    ///
    /// # Errors
    /// [`EnrolmentError`] names the first check that failed.
    pub fn complete_renewal(
        &self,
        answer: &[u8],
        now: Timestamp,
    ) -> Result<EnrolmentCredential, EnrolmentError> {
        self.credential(&answer::read(answer)?, now)
    }

    fn credential(
        &self,
        answer: &CredentialAnswer,
        now: Timestamp,
    ) -> Result<EnrolmentCredential, EnrolmentError> {
        let credential = EnrolmentCredential::parse(&answer.enrolment_credential)?;
        if *credential.token_id() != self.seal.person().token_id {
            return Err(EnrolmentError::OtherToken);
        }
        if *credential.holder_key() != self.signer.public_key() {
            return Err(EnrolmentError::OtherKey);
        }
        if credential.fingerprint() != self.seal.fingerprint() {
            return Err(EnrolmentError::OtherSeal);
        }
        if !credential.is_from(self.issuer) {
            return Err(EnrolmentError::OtherIssuer);
        }
        if now >= credential.expires_at().min(answer.expires_at) {
            return Err(EnrolmentError::Expired);
        }
        Ok(credential)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnrolmentAnswer {
    enrolled: bool,
    token_id: TokenId,
    #[serde(flatten)]
    credential: CredentialAnswer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialAnswer {
    expires_at: Timestamp,
    enrolment_credential: String,
}
